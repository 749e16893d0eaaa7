import type { Registry } from "prom-client";
import { registerStoringMetrics, type WAYS } from "./register-storing-metrics.ts";

/** `stored`, `duplicates`, `dead`, `lost` and `pruned` add up to the entries of a batch. */
export interface BatchOutcome {
  readonly stored: number;
  readonly duplicates: number;
  readonly dead: number;
  readonly rejected: number;
  /** Dead letters that crashed threads. */
  readonly poison: number;
  /** Ids of entries that other consumers have taken over, and that must not be acknowledged here. */
  readonly lost: ReadonlySet<string>;
  /** Entries received before the last prune, and so stored before it. */
  readonly pruned: number;
  readonly way: (typeof WAYS)[number];
}

interface CommittedBatch extends BatchOutcome {
  /** Of the attempt that succeeded. */
  readonly transactionMs: number;
  /** When Redis received each entry, in milliseconds since 1970, as `nowMs`. */
  readonly receivedAtMs: readonly number[];
  readonly nowMs: number;
}

export class StoringMetrics {
  readonly #metrics: ReturnType<typeof registerStoringMetrics>;

  constructor(registry: Registry) {
    this.#metrics = registerStoringMetrics(registry);
  }

  committed(batch: CommittedBatch): void {
    const metrics = this.#metrics;
    metrics.batches.inc({ way: batch.way });
    metrics.batchEntries.observe(batch.receivedAtMs.length);
    metrics.transactionSeconds.observe(batch.transactionMs / 1_000);
    metrics.stored.inc(batch.stored);
    metrics.duplicates.inc(batch.duplicates);
    metrics.dead.inc({ reason: "rejected" }, batch.rejected);
    metrics.dead.inc({ reason: "deadly" }, batch.poison);
    metrics.dead.inc({ reason: "invalid" }, batch.dead - batch.rejected - batch.poison);
    metrics.skipped.inc({ reason: "taken_over" }, batch.lost.size);
    metrics.skipped.inc({ reason: "pruned" }, batch.pruned);
    // Negative when this machine's clock is behind that of Redis.
    for (const receivedAtMs of batch.receivedAtMs) {
      metrics.storedAfter.observe(Math.max(0, batch.nowMs - receivedAtMs) / 1_000);
    }
  }

  /** `batchMs` is from delivery to acknowledgement. */
  acknowledged(batchMs: number): void {
    this.#metrics.batchSeconds.observe(batchMs / 1_000);
  }

  retried(): void {
    this.#metrics.retries.inc();
  }

  reclaimed(entries: number): void {
    this.#metrics.reclaimed.inc(entries);
  }

  missed(entries: number): void {
    this.#metrics.missing.inc(entries);
  }
}
