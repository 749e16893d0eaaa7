import { Stopwatch } from "../async/stopwatch.ts";
import type { ConsumerKey } from "../stream/consumer-group.ts";
import { readPending } from "../stream/consumer-group.ts";
import { oldestPending, type PendingEntry } from "../stream/inspect/pending-entries.ts";
import type { RedisConnection } from "../stream/redis/redis-connection.ts";
import type { BatchWorker } from "./batch-worker.ts";

/**
 * With each delivery an entry shares its batch with so many times fewer others. A batch of 20,000 that
 * ended its thread comes again in groups of 140, and what is in the one that does so again comes alone:
 * two deaths until an entry that ends threads is by itself, at 142 transactions for its healthy neighbours.
 */
const NARROWING = 142;

/** Whose pending entries to finish, and how many of them make a batch. */
export interface FinishPendingOptions {
  readonly redis: RedisConnection;
  readonly key: ConsumerKey;
  readonly batchEntriesMax: number;
}

/**
 * Finishes what this consumer was delivered before and has not acknowledged, oldest first, in groups that
 * grow smaller with the number of deliveries. Looking at that number before reading keeps the count of
 * those that are not in the group. Ends early when `signal` aborts.
 */
export async function finishPending(
  { redis, key, batchEntriesMax }: FinishPendingOptions,
  { worker, signal }: { worker: BatchWorker; signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    const oldest = await oldestPending(redis, key, groupEntriesMax(batchEntriesMax, 1));
    const group = firstGroup(oldest, batchEntriesMax);
    if (group.length === 0) return;
    const since = new Stopwatch();
    const delivered = await readPending(redis, key, { afterId: "0", entriesMax: group.length });
    const deliveries = new Map(group.map((entry) => [entry.id, entry.deliveries + 1]));
    await worker.finish(delivered, { since, deliveries, signal });
  }
}

/** The first entries that were delivered equally often, as many as may be tried together. */
function firstGroup(
  pending: readonly PendingEntry[],
  batchEntriesMax: number,
): readonly PendingEntry[] {
  const deliveries = pending[0]?.deliveries ?? 1;
  const others = pending.findIndex((entry) => entry.deliveries !== deliveries);
  const alike = others === -1 ? pending : pending.slice(0, others);
  return alike.slice(0, groupEntriesMax(batchEntriesMax, Math.max(1, deliveries)));
}

function groupEntriesMax(batchEntriesMax: number, deliveries: number): number {
  return Math.max(1, Math.floor(batchEntriesMax / NARROWING ** deliveries));
}
