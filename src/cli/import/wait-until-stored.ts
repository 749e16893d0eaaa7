import { setTimeout as delay } from "node:timers/promises";
import { QueueFlowError } from "../../errors.ts";
import type { GroupKey } from "../../stream/consumer-group.ts";
import { type Backlog, readBacklog } from "../../stream/inspect/read-backlog.ts";
import type { RedisConnection } from "../../stream/redis/redis-connection.ts";
import { compareEntryIds } from "../../stream/stream-entry.ts";
import type { Patience } from "./patience.ts";

const POLL_INTERVAL_MS = 100;

/** Whether the consumers finished what they were waited for, or stood still for too long. */
export type StoreOutcome = "stored" | "standstill";

/**
 * Waits until the group has finished every entry up to `lastEntryId`: stored it, or set it aside.
 * `onBacklog` hears how many entries it has not finished.
 */
export async function waitUntilStored(
  redis: RedisConnection,
  { key, lastEntryId }: { readonly key: GroupKey; readonly lastEntryId: string },
  options: Patience & { readonly onBacklog: (entries: number) => void },
): Promise<StoreOutcome> {
  const { patienceMs, signal, onBacklog } = options;
  let oldestSeen: string | undefined;
  let entriesFewest = Number.POSITIVE_INFINITY;
  let progressAtMs = performance.now();
  for (;;) {
    const backlog = await readBacklogOrNothing(redis, key);
    if (backlog !== undefined) {
      const { entries, oldestId } = backlog;
      if (entries === 0) return "stored";
      if (oldestId !== undefined && compareEntryIds(oldestId, lastEntryId) > 0) return "stored";
      onBacklog(entries);
      // New entries of others may hide that the backlog shrinks, and the oldest may stay for long.
      if (oldestId !== oldestSeen || entries < entriesFewest) progressAtMs = performance.now();
      oldestSeen = oldestId;
      entriesFewest = Math.min(entries, entriesFewest);
    }
    if (performance.now() - progressAtMs > patienceMs) return "standstill";
    await delay(POLL_INTERVAL_MS, undefined, { signal });
  }
}

/** Undefined while Redis is away: it has the events on its disk, so there is nothing to do but wait. */
async function readBacklogOrNothing(
  redis: RedisConnection,
  key: GroupKey,
): Promise<Backlog | undefined> {
  try {
    return await readBacklog(redis, key);
  } catch (error) {
    if (error instanceof QueueFlowError && error.retryable) return undefined;
    throw error;
  }
}
