import { receivedMsOf } from "../stream/stream-entry.ts";
import type { Batch, BatchOutcome } from "./store-batch.ts";
import type { StoringContext } from "./storing-context.ts";

export interface StoredBatch {
  readonly outcome: BatchOutcome;
  /** Of the attempt that succeeded. */
  readonly transactionMs: number;
  /** The clock of Redis after COMMIT, in milliseconds since 1970. */
  readonly nowMs: number;
}

export function reportBatch(
  { entries, redisNowMs }: Batch,
  { outcome, transactionMs, nowMs }: StoredBatch,
  { log, metrics }: Pick<StoringContext, "log" | "metrics">,
): void {
  const { lost, poison, ...counts } = outcome;
  const fields = { ...counts, deadly: poison, lost: lost.size };
  log.debug({ ...fields, transactionMs: Math.round(transactionMs) }, "Transaction committed");
  if (outcome.dead > 0) {
    log.error(
      { entries: outcome.dead },
      "Entries that cannot be stored were set aside in dead_events",
    );
  }
  if (lost.size > 0) {
    log.warn({ entries: lost.size }, "Another consumer took over entries; leaving them to it");
  }
  if (outcome.pruned > 0) {
    log.warn(
      { entries: outcome.pruned },
      "Entries older than the last prune were skipped: they were stored and counted before it",
    );
  }
  const receivedAtMs = entries
    .filter(({ id }) => !lost.has(id))
    .map((entry) => receivedMsOf(entry, redisNowMs));
  metrics.committed({ ...outcome, transactionMs, receivedAtMs, nowMs });
}
