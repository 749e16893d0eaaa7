import { setTimeout as delay } from "node:timers/promises";
import { QueueFlowError } from "../../errors.ts";
import type { GroupKey } from "../consumer-group.ts";
import type { RedisConnection } from "../redis/redis-connection.ts";
import { compareEntryIds } from "../stream-entry.ts";
import { type Backlog, readBacklog } from "./read-backlog.ts";

const POLL_INTERVAL_MS = 100;

export type StoreOutcome = "stored" | "standstill";

export interface WaitOptions {
  readonly signal: AbortSignal;
  /** Gives up after this long without progress. */
  readonly giveUpMs: number;
  readonly onBacklog: (entries: number) => void;
}

/** @throws the reason of `signal`. */
export async function waitUntilStored(
  redis: RedisConnection,
  { key, lastEntryId }: { readonly key: GroupKey; readonly lastEntryId: string },
  { signal, giveUpMs, onBacklog }: WaitOptions,
): Promise<StoreOutcome> {
  let previousOldestId: string | undefined;
  let entriesMin = Number.POSITIVE_INFINITY;
  let progressAtMs = performance.now();
  for (;;) {
    const backlog = await readIfAvailable(redis, key);
    if (backlog !== undefined) {
      const { entries, oldestId } = backlog;
      if (entries === 0) return "stored";
      if (oldestId !== undefined && compareEntryIds(oldestId, lastEntryId) > 0) return "stored";
      onBacklog(entries);
      // Either may hide progress: new entries keep the backlog large, and one slow entry stays the oldest.
      if (oldestId !== previousOldestId || entries < entriesMin) progressAtMs = performance.now();
      previousOldestId = oldestId;
      entriesMin = Math.min(entries, entriesMin);
    }
    if (performance.now() - progressAtMs > giveUpMs) return "standstill";
    await delay(POLL_INTERVAL_MS, undefined, { signal });
  }
}

async function readIfAvailable(
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
