import { Stopwatch } from "../async/stopwatch.ts";
import { readPending } from "../stream/consumer-group.ts";
import { oldestPending, type PendingEntry } from "../stream/inspect/pending-entries.ts";
import type { DeliveryFinisher } from "./finish-delivery.ts";
import type { StoringContext } from "./storing-context.ts";

/**
 * With each delivery the batch of an entry shrinks by this factor. A batch of 20,000 that crashed its thread comes again in
 * batches of 140, and the one of them that crashes again comes as single entries: two crashes isolate the entry, at 142
 * transactions for its healthy neighbours.
 */
const NARROWING = 142;

/**
 * Finishes what this consumer was delivered before and has not acknowledged, oldest first, in batches that shrink with the
 * number of deliveries. That number is read first, so that reading a batch raises it for no other entry. Ends early when
 * `signal` aborts.
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

/** The first entries with the same number of deliveries, as many as may be stored together. */
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
