import { Stopwatch } from "../async/stopwatch.ts";
import { readPending } from "../stream/consumer-group.ts";
import { oldestPending, type PendingEntry } from "../stream/inspect/pending-entries.ts";
import type { DeliveryFinisher } from "./finish-delivery.ts";
import type { StoringContext } from "./storing-context.ts";

/** From 20,000 to batches of 140 to single entries: two crashes isolate a poison entry. */
const NARROWING = 142;

/**
 * Finishes this consumer's pending entries, oldest first, in batches that shrink with the number of deliveries. Reads that number
 * first, since reading entries raises it.
 */
export async function finishPending(
  { redis, key, batchEntriesMax }: Pick<StoringContext, "redis" | "key" | "batchEntriesMax">,
  { finisher, signal }: { finisher: DeliveryFinisher; signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    const oldest = await oldestPending(redis, key, entriesMaxAfter(1, batchEntriesMax));
    const batch = firstBatch(oldest, batchEntriesMax);
    if (batch.length === 0) return;
    const since = new Stopwatch();
    const delivered = await readPending(redis, key, { afterId: "0", entriesMax: batch.length });
    const deliveries = new Map(batch.map((entry) => [entry.id, entry.deliveries + 1]));
    await finisher.finish({ ...delivered, since, deliveries }, signal);
  }
}

function firstBatch(
  pending: readonly PendingEntry[],
  batchEntriesMax: number,
): readonly PendingEntry[] {
  const deliveries = pending[0]?.deliveries ?? 1;
  const end = pending.findIndex((entry) => entry.deliveries !== deliveries);
  const alike = end === -1 ? pending : pending.slice(0, end);
  return alike.slice(0, entriesMaxAfter(Math.max(1, deliveries), batchEntriesMax));
}

function entriesMaxAfter(deliveries: number, batchEntriesMax: number): number {
  return Math.max(1, Math.floor(batchEntriesMax / NARROWING ** deliveries));
}
