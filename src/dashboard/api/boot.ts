/** What the page is given with its HTML. */
export interface Boot {
  readonly version: string;
  /** Scheme, host and port that the browser used, and the prefix. */
  readonly origin: string;
  /** A first event to send. */
  readonly event: Readonly<Record<string, string>>;
  readonly state: readonly PartState[];
  /** Whether the listener serves `/health`, `/metrics` and `/swagger`. */
  readonly isForOperators: boolean;
  /** Not with `ACCESS=open`, where nobody has rights that others lack. */
  readonly canSignIn: boolean;
  /** Absent on the dashboard itself. */
  readonly shared?: SharedPage | undefined;
}

/** What a public link opened: a page, a frame of another page, or a frame that its password forbids. */
export type SharedPage = "page" | "embed" | "refused";

/** For people. */
export interface PartState {
  readonly is: "good" | "bad" | "unknown";
  readonly title: string;
  readonly detail: string;
}

/** The id of the element that has it, as JSON. */
export const BOOT_ID = "boot";
