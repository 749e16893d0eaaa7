import { Counter, Histogram, type Registry } from "prom-client";
import { BucketCounts } from "./bucket-counts.ts";
import { CountedHistogram } from "./counted-histogram.ts";

/** In seconds. A batch gives up after 10 s. */
const BATCH_BOUNDS = [0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Up to the largest batch that can be configured. */
const BATCH_ENTRIES_BOUNDS = [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000];
/** In seconds: milliseconds in normal operation, hours after an outage. */
const STORED_AFTER_BOUNDS = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200,
];

const WAYS = ["copied", "inserted", "bisected"] as const;

/** Not an event; rejected by PostgreSQL; repeatedly ended the thread that processed it. */
const DEAD_REASONS = ["invalid", "rejected", "deadly"] as const;

/** Taken over or finished by another consumer; stored before the last prune. */
const SKIPPED_REASONS = ["taken_over", "pruned"] as const;

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
  readonly #batches: Counter<"way">;
  readonly #batchEntries: Histogram;
  readonly #transactionSeconds: Histogram;
  readonly #batchSeconds: Histogram;
  readonly #stored: Counter;
  readonly #duplicates: Counter;
  readonly #dead: Counter<"reason">;
  readonly #skipped: Counter<"reason">;
  readonly #retries: Counter;
  readonly #reclaimed: Counter;
  readonly #missing: Counter;
  readonly #storedAfter = new BucketCounts(STORED_AFTER_BOUNDS);

  constructor(registry: Registry) {
    const registers = [registry];
    const counter = (name: string, help: string) => new Counter({ name, help, registers });
    const reasons = (name: string, help: string, values: readonly string[]) => {
      const labelled = new Counter({ name, help, labelNames: ["reason"], registers });
      for (const reason of values) labelled.inc({ reason }, 0);
      return labelled;
    };
    const histogram = (name: string, help: string, buckets: number[]) =>
      new Histogram({ name, help, buckets, registers });
    this.#batches = new Counter({
      name: "queueflow_batches_total",
      help: "Batches committed, by how their events were written.",
      labelNames: ["way"],
      registers,
    });
    for (const way of WAYS) this.#batches.inc({ way }, 0);
    this.#batchEntries = histogram(
      "queueflow_batch_entries",
      "Entries of a committed batch.",
      BATCH_ENTRIES_BOUNDS,
    );
    this.#transactionSeconds = histogram(
      "queueflow_batch_transaction_duration_seconds",
      "The attempt that stored a batch, from BEGIN to COMMIT.",
      BATCH_BOUNDS,
    );
    this.#batchSeconds = histogram(
      "queueflow_batch_duration_seconds",
      "A batch from delivery to acknowledgement, retries included.",
      BATCH_BOUNDS,
    );
    this.#stored = counter("queueflow_events_stored_total", "Events stored and counted.");
    this.#duplicates = counter(
      "queueflow_events_duplicate_total",
      "Events already stored, delivered or sent again.",
    );
    this.#dead = reasons(
      "queueflow_dead_letters_total",
      "Entries set aside in dead_events, by reason.",
      DEAD_REASONS,
    );
    this.#skipped = reasons(
      "queueflow_entries_skipped_total",
      "Entries delivered and not stored, because they were stored before or by another consumer, by reason.",
      SKIPPED_REASONS,
    );
    this.#retries = counter("queueflow_batch_retries_total", "Failed attempts to store a batch.");
    this.#reclaimed = counter(
      "queueflow_entries_reclaimed_total",
      "Entries taken over because they were left unacknowledged.",
    );
    this.#missing = counter(
      "queueflow_entries_missing_total",
      "Entries deleted from the stream before they were stored.",
    );
    void new CountedHistogram(
      {
        name: "queueflow_received_to_stored_seconds",
        help: "An entry from its receipt by Redis to the COMMIT that stored it.",
        registry,
      },
      new Map([["", this.#storedAfter]]),
    );
  }

  committed(batch: CommittedBatch): void {
    this.#batches.inc({ way: batch.way });
    this.#batchEntries.observe(batch.receivedAtMs.length);
    this.#transactionSeconds.observe(batch.transactionMs / 1_000);
    this.#stored.inc(batch.stored);
    this.#duplicates.inc(batch.duplicates);
    this.#dead.inc({ reason: "rejected" }, batch.rejected);
    this.#dead.inc({ reason: "deadly" }, batch.poison);
    this.#dead.inc({ reason: "invalid" }, batch.dead - batch.rejected - batch.poison);
    this.#skipped.inc({ reason: "taken_over" }, batch.lost.size);
    this.#skipped.inc({ reason: "pruned" }, batch.pruned);
    // Negative when this machine's clock is behind that of Redis.
    for (const receivedAtMs of batch.receivedAtMs)
      this.#storedAfter.observe(Math.max(0, batch.nowMs - receivedAtMs) / 1_000);
  }

  /** `batchMs` is from delivery to acknowledgement. */
  acknowledged(batchMs: number): void {
    this.#batchSeconds.observe(batchMs / 1_000);
  }

  retried(): void {
    this.#retries.inc();
  }

  reclaimed(entries: number): void {
    this.#reclaimed.inc(entries);
  }

  missed(entries: number): void {
    this.#missing.inc(entries);
  }
}
