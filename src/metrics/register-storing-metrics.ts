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

/** How a batch was written. */
export const WAYS = ["copied", "inserted", "bisected"] as const;

/** Not an event; rejected by PostgreSQL; repeatedly ended the thread that processed it. */
const DEAD_REASONS = ["invalid", "rejected", "deadly"] as const;

/** Taken over or finished by another consumer; stored before the last prune. */
const SKIPPED_REASONS = ["taken_over", "pruned"] as const;

export function registerStoringMetrics(registry: Registry) {
  const registers = [registry];
  const counter = (name: string, help: string) => new Counter({ name, help, registers });
  const reasons = (name: string, help: string, values: readonly string[]) => {
    const labelled = new Counter({ name, help, labelNames: ["reason"], registers });
    for (const reason of values) labelled.inc({ reason }, 0);
    return labelled;
  };
  const histogram = (name: string, help: string, buckets: number[]) =>
    new Histogram({ name, help, buckets, registers });
  const batches = new Counter({
    name: "queueflow_batches_total",
    help: "Batches committed, by how their events were written.",
    labelNames: ["way"],
    registers,
  });
  for (const way of WAYS) batches.inc({ way }, 0);
  const storedAfter = new BucketCounts(STORED_AFTER_BOUNDS);
  void new CountedHistogram(
    {
      name: "queueflow_received_to_stored_seconds",
      help: "An entry from its receipt by Redis to the COMMIT that stored it.",
      registry,
    },
    new Map([["", storedAfter]]),
  );
  return {
    batches,
    storedAfter,
    batchEntries: histogram(
      "queueflow_batch_entries",
      "Entries of a committed batch.",
      BATCH_ENTRIES_BOUNDS,
    ),
    transactionSeconds: histogram(
      "queueflow_batch_transaction_duration_seconds",
      "The attempt that stored a batch, from BEGIN to COMMIT.",
      BATCH_BOUNDS,
    ),
    batchSeconds: histogram(
      "queueflow_batch_duration_seconds",
      "A batch from delivery to acknowledgement, retries included.",
      BATCH_BOUNDS,
    ),
    stored: counter("queueflow_events_stored_total", "Events stored and counted."),
    duplicates: counter(
      "queueflow_events_duplicate_total",
      "Events already stored, delivered or sent again.",
    ),
    dead: reasons(
      "queueflow_dead_letters_total",
      "Entries set aside in dead_events, by reason.",
      DEAD_REASONS,
    ),
    skipped: reasons(
      "queueflow_entries_skipped_total",
      "Entries delivered and not stored, because they were stored before or by another consumer, by reason.",
      SKIPPED_REASONS,
    ),
    retries: counter("queueflow_batch_retries_total", "Failed attempts to store a batch."),
    reclaimed: counter(
      "queueflow_entries_reclaimed_total",
      "Entries taken over because they were left unacknowledged.",
    ),
    missing: counter(
      "queueflow_entries_missing_total",
      "Entries deleted from the stream before they were stored.",
    ),
  };
}
