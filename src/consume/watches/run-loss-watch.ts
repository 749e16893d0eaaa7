import { wait } from "../../async/wait.ts";
import { errorText } from "../../errors.ts";
import { Condition } from "../../log/condition.ts";
import type { Log } from "../../log/log.ts";
import { LossKeeper, type LossKeeperOptions } from "./loss-keeper.ts";
import { LossWatch, type LossWatchOptions } from "./loss-watch.ts";

/** What is appended and lost between two looks, nobody knows of. */
const LOOK_INTERVAL_MS = 500;
/** How often what was found is kept in PostgreSQL: every ten looks. */
const KEEP_LOOKS = 10;

/** Watches the stream for losses until `signal` aborts, however long batches or PostgreSQL take. Never rejects. */
export async function runLossWatch(
  options: LossWatchOptions & LossKeeperOptions,
  signal: AbortSignal,
): Promise<void> {
  const { log, redis } = options;
  const keeper = new LossKeeper(options);
  const countStored = keeper.countStored.bind(keeper);
  // Without PostgreSQL there is what Redis keeps.
  const known = await keeper.load().catch((error: unknown) => debug(log, error));
  const watch = new LossWatch({ ...options, countStored }, known ?? undefined);
  const outage = new Condition(log, "Looking for lost events works again");
  let keeping: Promise<void> | undefined;
  for (let looks = 1; !signal.aborted; looks += 1) {
    try {
      await watch.look();
      outage.recover();
    } catch (error) {
      // A connection that is lost is said elsewhere.
      if (redis.status === "ready") {
        const message = "Looking for lost events failed, retrying";
        outage.fail({ level: "warn", message, fields: { error: errorText(error) } });
      }
    }
    if (looks % KEEP_LOOKS === 0) keep();
    await wait(LOOK_INTERVAL_MS, signal);
  }
  await watch.flush();
  keep();
  await keeping;

  function keep(): void {
    keeping ??= keeper
      .keep(watch.known)
      .catch((error: unknown) => debug(log, error))
      .finally(() => {
        keeping = undefined;
      });
  }
}

/** PostgreSQL or Redis is away, which is said elsewhere. */
function debug(log: Log, error: unknown): undefined {
  log.debug({ error: errorText(error) }, "What is known of the stream could not be kept");
}
