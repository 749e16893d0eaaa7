import type { BeforeSend, Track } from "./options.ts";
import { startTracker } from "./start-tracker.ts";

/** Defined by the build. The engine replaces it by its own as it serves the script. */
declare const COLLECT_PATH: string;

declare global {
  interface Window {
    queueflow?: Partial<Track> & {
      /** Calls before the script has loaded, kept by a stub in the page. */
      q?: Iterable<Parameters<Track>>;
      /** Whether the script has loaded before. */
      on?: boolean;
    };
  }
}

type Globals = Readonly<Record<string, BeforeSend | undefined>>;

const { src, dataset } = document.currentScript as HTMLScriptElement;
const stub = window.queueflow;

if (!stub?.on) {
  const collectUrl = (dataset["api"] ?? new URL(src).origin).replace(/\/?$/, COLLECT_PATH);
  const track: Track & { on?: boolean } = startTracker(collectUrl, dataset, (event) =>
    // The page may define it after the script has loaded.
    (window as unknown as Globals)[dataset["beforeSend"] as string]?.(event),
  );
  track.on = true;
  window.queueflow = track;
  for (const call of stub?.q ?? []) track(...call);
}
