import type { BeforeSend, Properties, Track } from "./options.ts";
import { startTracker } from "./start-tracker.ts";

export type { BeforeSend, Properties };

export interface InitOptions {
  /** The site's id. */
  readonly site: string;
  /** A browser key of the site. */
  readonly key?: string;
  /** Where the engine is, such as `https://events.example.com`; by default the page's own origin. */
  readonly api?: string;
  /** `COLLECT_PATH` of the engine. */
  readonly collectPath?: string;
  /** Whether the hash is a part of the path. */
  readonly hash?: boolean;
  /** Whether clicks on links to other hosts are events. */
  readonly outbound?: boolean;
  /** Whether clicks on links to files are events. */
  readonly downloads?: boolean;
  /** Whether the time that a page is visible and focused is an event. */
  readonly engagement?: boolean;
  /** Whether to send from this machine's own pages too. */
  readonly local?: boolean;
  /** Sees each event before it is sent. May change it, and returns false to send none. */
  readonly beforeSend?: BeforeSend;
}

const EARLY_CALLS_MAX = 100;
const earlyCalls: Parameters<Track>[] = [];
let started: Track | undefined;

/** Counts page views from now on. Does nothing on a server, or when called again. */
export function init({
  api,
  collectPath = "/collect",
  beforeSend = () => true,
  ...options
}: InitOptions): void {
  if (typeof window === "undefined" || started !== undefined) return;
  const collectUrl = (api ?? location.origin).replace(/\/$/, "") + collectPath;
  started = startTracker(collectUrl, options, beforeSend);
  for (const call of earlyCalls.splice(0)) started(...call);
}

/** Sends an event; before `init`, when that is called. */
export function track(name: string, properties?: Properties): void {
  if (started !== undefined) started(name, properties);
  else if (typeof window !== "undefined" && earlyCalls.length < EARLY_CALLS_MAX) {
    earlyCalls.push([name, properties]);
  }
}
