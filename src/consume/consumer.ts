import { retryDelayMs } from "../async/backoff.ts";
import { Stopwatch } from "../async/stopwatch.ts";
import { wait } from "../async/wait.ts";
import { Outage } from "../log/outage.ts";
import { LARGE_BATCH_EVENTS } from "../store/batch/store-by-copy.ts";
import { readNew } from "../stream/consumer-group.ts";
import type { StreamEntry } from "../stream/stream-entry.ts";
import { isDefect, remedyOf } from "./failure.ts";
import { DeliveryFinisher } from "./finish-delivery.ts";
import { finishPending } from "./finish-pending.ts";
import { recreateGroup } from "./recreate-group.ts";
import type { StoringContext } from "./storing-context.ts";

/** A stop waits as long. */
export const READ_BLOCK_MS = 500;
/** Building a reply occupies Redis for some milliseconds. */
const READ_ENTRIES_MAX = 5_000;
/** A pause delays events that could be stored already. */
const PAUSE_MS_MAX = 100;

/**
 * Stores batches until `signal` aborts. After a start and after each failure it finishes its pending entries first: the reply to
 * a read may have been lost, and reading `>` again would skip its entries.
 *
 * @throws Defects of this program.
 */
export async function runConsumer(context: StoringContext, signal: AbortSignal): Promise<void> {
  await using finisher = new DeliveryFinisher(context);
  const outage = new Outage(context.log, {
    began: "Reading from the stream failed, retrying",
    ended: "Reading from the stream works again",
    remedyOf,
  });
  let isCaughtUp = false;
  for (let attempt = 1; !signal.aborted; ) {
    try {
      if (!isCaughtUp) await finishPending(context, { finisher, signal });
      isCaughtUp = true;
      if (signal.aborted) return;
      const batch = await consumeOnce(context, { finisher, signal });
      // Not earlier: finding nothing pending takes only a read, which may work while nothing else does.
      outage.recovered();
      attempt = 1;
      await wait(pauseMs(batch), signal);
    } catch (error) {
      if (isDefect(error)) throw error;
      isCaughtUp = false;
      if (!(await recreateGroup(error, context))) outage.failed(error);
      await wait(retryDelayMs(attempt), signal);
      attempt += 1;
    }
  }
}

export interface ConsumedBatch {
  readonly entries: number;
  readonly entriesMax: number;
  readonly tookMs: number;
  /** Of the thread, each with its own consumer. */
  readonly shards: number;
}

/**
 * Delay after a batch, in milliseconds: as long as it took, unless a backlog waits. A transaction of a few entries costs nearly as
 * much as one of hundreds, so the consumers of a thread together begin no more of them than one would. `bun run bench -- freshness
 * shards` measures it.
 */
export function pauseMs({ entries, entriesMax, tookMs, shards }: ConsumedBatch): number {
  if (entries >= Math.min(LARGE_BATCH_EVENTS, entriesMax)) return 0;
  return Math.min(tookMs * (2 * shards - 1), PAUSE_MS_MAX);
}

async function consumeOnce(
  context: StoringContext,
  { finisher, signal }: { finisher: DeliveryFinisher; signal: AbortSignal },
): Promise<ConsumedBatch> {
  const since = new Stopwatch();
  const entries = await readBatch(context);
  const readAtMs = performance.now();
  // New entries are never missing: Redis does not deliver what was deleted.
  await finisher.finish({ entries, missingIds: [], since }, signal);
  const tookMs = performance.now() - readAtMs;
  const { batchEntriesMax: entriesMax, shardsOfThread: shards = 1 } = context;
  return { entries: entries.length, entriesMax, tookMs, shards };
}

async function readBatch({
  redis,
  key,
  batchEntriesMax,
}: StoringContext): Promise<readonly StreamEntry[]> {
  const entries: StreamEntry[] = [];
  for (;;) {
    const entriesMax = Math.min(READ_ENTRIES_MAX, batchEntriesMax - entries.length);
    const blockMs = entries.length === 0 ? READ_BLOCK_MS : 0;
    const part = await readNew(redis, key, { entriesMax, blockMs });
    entries.push(...part.entries);
    const isFull = entries.length === batchEntriesMax;
    if (isFull || part.entries.length < entriesMax) return entries;
  }
}
