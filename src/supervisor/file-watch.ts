import { closeSync, openSync } from "node:fs";
import type { Log } from "../log/log.ts";
import { openFilesMax } from "../metrics/open-files.ts";

const WATCH_INTERVAL_MS = 1_000;
/** Too many open files in this process, and in the whole system. */
const EXHAUSTED: ReadonlySet<unknown> = new Set(["EMFILE", "ENFILE"]);

/**
 * Logs once when no file can be opened any more, and once when one can again. The runtime's server (Bun 1.4.5) says nothing:
 * it tries to accept again and again, at the cost of a processor. Returns a function that ends the watch.
 */
export function watchFiles(log: Log): () => void {
  const filesMax = openFilesMax();
  let isExhausted = false;
  const timer = setInterval(() => {
    const wasExhausted = isExhausted;
    isExhausted = isOutOfFiles();
    if (isExhausted && !wasExhausted) {
      log.error(
        { filesMax },
        "Open files exhausted: connections wait until others close; raise the limit (ulimit -n) or bound connections per client",
      );
    } else if (wasExhausted && !isExhausted) log.info({}, "Files can be opened again");
  }, WATCH_INTERVAL_MS);
  return () => clearInterval(timer);
}

function isOutOfFiles(): boolean {
  try {
    closeSync(openSync("/dev/null", "r"));
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && EXHAUSTED.has(error.code);
  }
}
