import { retryDelayMs } from "../async/backoff.ts";
import { Stopwatch } from "../async/stopwatch.ts";
import { wait } from "../async/wait.ts";
import { Outage } from "../log/outage.ts";
import { readNew } from "../stream/consumer-group.ts";
import { EventConnection } from "../stream/redis/event-connection.ts";
import type { DeliveredEntries, StreamEntry } from "../stream/stream-entry.ts";
import type { BatchWorkerOptions } from "./batch-worker.ts";
import { BatchWorker } from "./batch-worker.ts";
import { isDefect } from "./defect.ts";
import { finishPending } from "./finish-pending.ts";
import { lingerMs } from "./linger.ts";
import { remakeGroup } from "./remake-group.ts";
import { remedyOf } from "./remedy-of.ts";

/** How long a read waits for entries, in milliseconds: also how long a stop waits for an idle consumer. */
export const READ_BLOCK_MS = 500;
/** As long as connecting may take; then it is an outage. */
const READER_READY_MS_MAX = 2_000;
/** So many in one reply: Redis serves nobody else while it makes it, some milliseconds. */
const READ_ENTRIES_MAX = 5_000;

/** What a consumer works with. Its connection to Redis blocks for up to `READ_BLOCK_MS`. */
export interface ConsumerOptions extends BatchWorkerOptions {
  readonly batchEntriesMax: number;
}

/**
 * Reads, stores and acknowledges until `signal` aborts, finishing the batch in hand. It first finishes
 * what it was delivered before: after a start, and after every failure, since the reply to a read may
 * have been lost with its connection and reading `>` again would answer the entries after those.
 *
 * @throws What is a defect of this program, which must end the thread.
 */
export async function runConsumer(options: ConsumerOptions, signal: AbortSignal): Promise<void> {
  const worker = new BatchWorker(options);
  const reader = new EventConnection(options.redis);
  await reader.untilReady(READER_READY_MS_MAX);
  const outage = new Outage(options.log, {
    began: "Reading from the stream failed, retrying",
    ended: "Reading from the stream works again",
    remedyOf,
  });
  let caughtUp = false;
  for (let attempt = 1; !signal.aborted; ) {
    try {
      if (!caughtUp) await finishPending(options, { worker, signal });
      caughtUp = true;
      if (signal.aborted) return;
      const since = new Stopwatch();
      const batch = await readUndelivered(reader, options);
      const readAtMs = performance.now();
      await worker.finish(batch, { since, signal });
      // Not before: to find nothing pending takes only a read, which may work while nothing else does.
      outage.recovered();
      attempt = 1;
      const tookMs = performance.now() - readAtMs;
      const entries = batch.entries.length;
      await wait(lingerMs({ entries, entriesMax: options.batchEntriesMax, tookMs }), signal);
    } catch (error) {
      if (isDefect(error)) throw error;
      caughtUp = false;
      if (!(await remakeGroup(error, options))) outage.failed(error);
      await wait(retryDelayMs(attempt), signal);
      attempt += 1;
    }
  }
}

/** A batch of what waits, read in parts: when one is full, more may be there already. */
async function readUndelivered(
  reader: EventConnection,
  { key, batchEntriesMax }: ConsumerOptions,
): Promise<DeliveredEntries> {
  const entries: StreamEntry[] = [];
  for (;;) {
    const entriesMax = Math.min(READ_ENTRIES_MAX, batchEntriesMax - entries.length);
    const blockMs = entries.length === 0 ? READ_BLOCK_MS : 0;
    const part = await readNew(reader, key, { entriesMax, blockMs });
    entries.push(...part.entries);
    const isFull = entries.length === batchEntriesMax;
    // New entries are never missing: those that were deleted are not delivered.
    if (isFull || part.entries.length < entriesMax) return { entries, missingIds: [] };
  }
}
