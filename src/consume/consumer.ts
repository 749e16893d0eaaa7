import { ensureGroup, isGroupMissing, readNew, readPending } from "../stream/consumer-group.ts";
import type { DeliveredEntries } from "../stream/stream-entry.ts";
import type { BatchWorkerOptions } from "./batch-worker.ts";
import { BatchWorker } from "./batch-worker.ts";
import { Outage } from "./outage.ts";
import { retryDelayMs, wait } from "./wait.ts";

/** How long a read waits for entries, in milliseconds: also how long a stop waits for an idle consumer. */
export const READ_BLOCK_MS = 500;

/** What a consumer works with. Its connection to Redis blocks for up to `READ_BLOCK_MS`. */
export interface ConsumerOptions extends BatchWorkerOptions {
  readonly batchEntriesMax: number;
}

/**
 * Reads, stores and acknowledges until `signal` aborts, finishing the batch in hand. It first finishes
 * what it was delivered before: after a start, and after every failure, since the reply to a read may
 * have been lost with its connection and reading `>` again would answer the entries after those.
 */
export async function runConsumer(options: ConsumerOptions, signal: AbortSignal): Promise<void> {
  const worker = new BatchWorker(options);
  const outage = new Outage(options.log, {
    began: "Reading from the stream failed, retrying",
    ended: "Reading from the stream works again",
  });
  let from: "own pending entries" | "new entries" = "own pending entries";
  for (let attempt = 1; !signal.aborted; ) {
    try {
      const delivered =
        from === "own pending entries" ? await readOwn(options) : await readUndelivered(options);
      if (delivered.entries.length + delivered.missingIds.length === 0) from = "new entries";
      await worker.finish(delivered, signal);
      outage.recovered();
      attempt = 1;
    } catch (error) {
      from = "own pending entries";
      outage.failed(error);
      if (isGroupMissing(error)) await recreateGroup(options);
      await wait(retryDelayMs(attempt), signal);
      attempt += 1;
    }
  }
}

async function readOwn({
  redis,
  key,
  batchEntriesMax,
}: ConsumerOptions): Promise<DeliveredEntries> {
  return await readPending(redis, key, { afterId: "0", entriesMax: batchEntriesMax });
}

async function readUndelivered(options: ConsumerOptions): Promise<DeliveredEntries> {
  const { redis, key, batchEntriesMax } = options;
  return await readNew(redis, key, { entriesMax: batchEntriesMax, blockMs: READ_BLOCK_MS });
}

async function recreateGroup({ redis, key, log }: ConsumerOptions): Promise<void> {
  log.error(
    { stream: key.stream, group: key.group },
    "The consumer group is gone, making it again",
  );
  try {
    await ensureGroup(redis, key, log);
  } catch {
    // The next read fails the same way and comes back here.
  }
}
