export type Properties = Readonly<Record<string, string | number | boolean | null>>;

/** Sends nothing without a name: that would be a page view. */
export type Track = (name: string | undefined, properties?: Properties) => void;

/** Sees each event before it is sent. May change it, and returns false to send none. */
export type BeforeSend = (event: Record<string, unknown>) => unknown;

/** An option that is on unless it is absent, false or "false": an attribute without a value is on. */
export type Flag = string | boolean | undefined;

/** The `data-` attributes of the script. */
export interface TrackerOptions {
  /** The site's id. */
  readonly site?: string | undefined;
  /** A browser key of the site. */
  readonly key?: string | undefined;
  /** Whether the hash is a part of the path. */
  readonly hash?: Flag;
  /** Whether clicks on links to other hosts are events. */
  readonly outbound?: Flag;
  /** Whether clicks on links to files are events. */
  readonly downloads?: Flag;
  /** Whether the time that a page is visible and focused is an event. */
  readonly engagement?: Flag;
  /** Whether to send from this machine's own pages too. */
  readonly local?: Flag;
}

export function isOn(flag: Flag): boolean {
  return `${flag ?? false}` !== "false";
}
