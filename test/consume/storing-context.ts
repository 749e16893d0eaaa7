import type { Batch } from "../../src/consume/store-batch.ts";
import type { StoringContext } from "../../src/consume/storing-context.ts";
import { WorkStatus } from "../../src/consume/work-status.ts";
import { Database, type Transaction } from "../../src/store/database.ts";
import type { StreamEntry } from "../../src/stream/stream-entry.ts";
import { recordingLog } from "../support/recording-log.ts";
import { storingMetrics } from "../support/storing-metrics.ts";

/** The context of a storing thread, with what it logs and counts. */
export function storingContext(
  own: Pick<StoringContext, "redis" | "database" | "key"> & Partial<StoringContext>,
) {
  const { log, records } = recordingLog();
  const { metrics, read: readMetrics } = storingMetrics();
  const defaults = { batchEntriesMax: 20_000, claimIdleMs: 60_000, status: new WorkStatus() };
  return { context: { ...defaults, metrics, log, ...own }, records, readMetrics };
}

/** Calls `beforeTransaction` before each transaction, which fails if that throws; `await using` closes it. */
export class HookedDatabase extends Database implements AsyncDisposable {
  readonly #beforeTransaction: () => Promise<void> | void;

  constructor(url: string, beforeTransaction: () => Promise<void> | void) {
    super({ url, connectionsMax: 1 });
    this.#beforeTransaction = beforeTransaction;
  }

  override async transaction<Result>(
    deadlineMs: number,
    work: (tx: Transaction) => Promise<Result>,
  ): Promise<Result> {
    await this.#beforeTransaction();
    return await super.transaction(deadlineMs, work);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close(1_000);
  }
}

/** A batch of new entries, by clocks that are right. */
export function batchOf(entries: readonly StreamEntry[], own: Partial<Batch> = {}): Batch {
  const nowMs = Date.now();
  return {
    stream: "events_stream",
    entries,
    deliveries: new Map(),
    refused: new Map(),
    nowMs,
    redisNowMs: nowMs,
    triesCopy: true,
    claim: { findLost: async () => new Set() },
    ...own,
  };
}
