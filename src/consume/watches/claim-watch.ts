import { findNotIdle, type PendingEntry } from "../../stream/inspect/pending-entries.ts";
import { restartClaims } from "../../stream/restart-claims.ts";
import type { StoringContext } from "../storing-context.ts";

/** 1 ms of Redis's time. */
const ENTRIES_MAX = 1_000;

/** Returns a check that restarts idle times that do not grow, since the clock of Redis was set back after the delivery. */
export function watchClaims({
  redis,
  key,
  log,
}: Pick<StoringContext, "redis" | "key" | "log">): () => Promise<void> {
  // A delivery of this millisecond is not idle either, but only once.
  let notIdleBefore: ReadonlySet<string> = new Set();
  return async () => {
    const notIdle = await findNotIdle(redis, key, ENTRIES_MAX);
    const stuck = notIdle.filter((delivery) => notIdleBefore.has(nameOf(delivery)));
    notIdleBefore = new Set(notIdle.map(nameOf));
    if (stuck.length === 0) return;
    const entries = await restartClaims(redis, key, stuck);
    if (entries === 0) return;
    log.warn(
      { entries },
      "Deliveries were in the future by the clock of Redis; idle times restarted",
    );
  };
}

function nameOf({ id, consumer }: Pick<PendingEntry, "id" | "consumer">): string {
  return `${id} ${consumer}`;
}
