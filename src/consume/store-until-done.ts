import { retryDelayMs } from "../async/backoff.ts";
import { wait } from "../async/wait.ts";
import { errorText } from "../errors.ts";
import { Outage } from "../log/outage.ts";
import type { BatchOutcome } from "../metrics/storing-metrics.ts";
import { statementOf } from "../store/database-error.ts";
import { RedisClock } from "../stream/redis/redis-clock.ts";
import { receivedMsOf, type StreamEntry } from "../stream/stream-entry.ts";
import { BatchLimit, batchesWithoutCopy } from "./batch-tuning.ts";
import type { Claim } from "./claim.ts";
import { isDefect, isStreamUnavailable, isTooLarge, remedyOf } from "./failure.ts";
import type { Batch } from "./store-batch.ts";
import type { StoringContext } from "./storing-context.ts";

export interface Work extends Pick<Batch, "deliveries" | "refused"> {
  readonly claim: Claim;
  readonly store: (batch: Batch) => Promise<BatchOutcome>;
  readonly signal: AbortSignal;
}

export interface StoredPart {
  readonly ids: readonly string[];
  readonly outcome: BatchOutcome;
}

/**
 * Stores batches, and holds them while PostgreSQL is away: reading on would move the backlog into the pending list and raise
 * delivery counts.
 */
export class BatchStorer {
  readonly #context: StoringContext;
  readonly #outage: Outage;
  readonly #clock: RedisClock;
  #limit: BatchLimit | undefined;
  #batchesWithoutCopy = 0;

  constructor(context: StoringContext) {
    this.#context = context;
    this.#clock = new RedisClock(context.redis);
    this.#outage = new Outage(context.log, {
      began: "PostgreSQL failed, holding the batch and retrying",
      ended: "PostgreSQL works again, the batch is stored",
      remedyOf,
    });
  }

  /** Stores the first of the entries; undefined when the signal aborts after a failure. */
  async storeUntilDone(
    entries: readonly StreamEntry[],
    work: Work,
  ): Promise<StoredPart | undefined> {
    const { claim, signal } = work;
    // At least one attempt: a read may have delivered these entries while the stop was requested.
    for (let attempt = 1; ; attempt += 1) {
      const part = entries.slice(0, this.#limit?.entriesMax);
      try {
        return await this.#store(part, work);
      } catch (error) {
        if (isStreamUnavailable(error) || isDefect(error)) throw error;
        this.#context.metrics.retried();
        claim.confirmSooner();
        if (!(await this.#shrink(part.length, error))) this.#outage.failed(error);
      }
      if (signal.aborted) return undefined;
      await wait(retryDelayMs(attempt), signal);
    }
  }

  async #store(
    entries: readonly StreamEntry[],
    { deliveries, refused, claim, store }: Work,
  ): Promise<StoredPart> {
    const { key, status } = this.#context;
    const startedAtMs = performance.now();
    const batch: Batch = {
      stream: key.stream,
      entries,
      deliveries,
      refused,
      claim,
      triesCopy: deliveries.size === 0 && this.#batchesWithoutCopy === 0,
      nowMs: Date.now(),
      redisNowMs: await this.#clock.read(),
    };
    const outcome = await status.commit(async () => await store(batch));
    this.#stored(batch, outcome, performance.now() - startedAtMs);
    return { ids: entries.map(({ id }) => id), outcome };
  }

  #stored(batch: Batch, outcome: BatchOutcome, transactionMs: number): void {
    const { log, metrics } = this.#context;
    this.#outage.recovered();
    if (outcome.way !== "copied") {
      this.#batchesWithoutCopy = batchesWithoutCopy(this.#batchesWithoutCopy, batch, outcome);
    }
    if (this.#limit?.stored(batch.entries.length, transactionMs) === true) {
      this.#limit = undefined;
      log.info({}, "Batches have their full size again");
    }
    this.#log(outcome, transactionMs);
    const receivedAtMs = batch.entries
      .filter(({ id }) => !outcome.lost.has(id))
      .map((entry) => receivedMsOf(entry, batch.redisNowMs));
    const nowMs = this.#clock.nowMs ?? Date.now();
    metrics.committed({ ...outcome, transactionMs, receivedAtMs, nowMs });
  }

  #log({ poison, ...counts }: BatchOutcome, transactionMs: number): void {
    const { log } = this.#context;
    const fields = { ...counts, deadly: poison, lost: counts.lost.size };
    log.debug({ ...fields, transactionMs: Math.round(transactionMs) }, "Transaction committed");
    const { dead, lost, pruned } = fields;
    if (dead > 0) {
      log.error({ entries: dead }, "Entries that cannot be stored were set aside in dead_events");
    }
    if (lost > 0) {
      log.warn({ entries: lost }, "Another consumer took over entries; leaving them to it");
    }
    if (pruned > 0) {
      log.warn(
        { entries: pruned },
        "Entries older than the last prune were skipped: they were stored and counted before it",
      );
    }
  }

  async #shrink(entries: number, error: unknown): Promise<boolean> {
    const { database, log } = this.#context;
    if (entries === 1 || !(await isTooLarge(database, error))) return false;
    const fields = { entries, error: errorText(error), statement: statementOf(error) };
    if (this.#limit === undefined) {
      this.#limit = new BatchLimit(entries);
      log.warn(fields, "A batch was too large for its deadline; storing it in halves");
    } else {
      this.#limit.tooLarge(entries);
      log.debug(fields, "A batch was too large again");
    }
    return true;
  }
}
