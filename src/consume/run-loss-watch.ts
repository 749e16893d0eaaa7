import { errorText } from "../errors.ts";
import { LossWatch, type LossWatchOptions } from "./loss-watch.ts";
import { wait } from "./wait.ts";

/** What is appended and lost between two looks, nobody knows of. */
const LOOK_INTERVAL_MS = 500;

/** Watches the stream for losses until `signal` aborts, however long batches or PostgreSQL take. Never rejects. */
export async function runLossWatch(options: LossWatchOptions, signal: AbortSignal): Promise<void> {
  const watch = new LossWatch(options);
  let isFailing = false;
  while (!signal.aborted) {
    try {
      await watch.look();
      isFailing = false;
    } catch (error) {
      // A connection that is lost is said elsewhere.
      if (!isFailing && options.redis.status === "ready") {
        options.log.warn({ error: errorText(error) }, "Looking for lost events failed, retrying");
        isFailing = true;
      }
    }
    await wait(LOOK_INTERVAL_MS, signal);
  }
  watch.flush();
}
