import { retryDelayMs } from "../async/backoff.ts";
import type { Stopwatch } from "../async/stopwatch.ts";
import { wait } from "../async/wait.ts";
import { errorText, QueueFlowError } from "../errors.ts";
import type { Log } from "../log/log.ts";
import { Outage } from "../log/outage.ts";
import type { StoringMetrics } from "../metrics/storing-metrics.ts";
import type { Database } from "../store/database.ts";
import { statementOf } from "../store/database-error.ts";
import { acknowledge, type ConsumerKey } from "../stream/consumer-group.ts";
import { findBrokenText } from "../stream/find-broken-text.ts";
import { RedisClock } from "../stream/redis/redis-clock.ts";
import type { RedisConnection } from "../stream/redis/redis-connection.ts";
import { type DeliveredEntries, receivedMsOf, type StreamEntry } from "../stream/stream-entry.ts";
import { BatchSize } from "./batch-size.ts";
import { Claim } from "./claim.ts";
import { isDefect } from "./defect.ts";
import { rehearse } from "./poison/rehearsal.ts";
import { TRIAL_DEATHS_MAX, Trials } from "./poison/trials.ts";
import { type Batch, type BatchOutcome, processBatch } from "./process-batch.ts";
import { raiseFloors } from "./raise-floors.ts";
import { remedyOf } from "./remedy-of.ts";
import { isTooLarge } from "./too-large.ts";
import { LossRecorder } from "./watches/loss-recorder.ts";
import type { WorkInHand } from "./work-in-hand.ts";

/**
 * After a batch of which not every event was new and sound, so many are stored without the attempt at COPY, which leaves its
 * rows behind for VACUUM when it fails. Where every batch has a duplicate, that is 1.5 % of the rows.
 */
const BATCHES_WITHOUT_COPY = 32;

const NO_COUNTS: ReadonlyMap<string, number> = new Map();

/** What a thread that stores batches works with. */
export interface BatchWorkerOptions {
  readonly redis: RedisConnection;
  readonly database: Database;
  readonly key: ConsumerKey;
  /** Pending entries idle for longer than this are taken over by the reclaimer, in milliseconds. */
  readonly claimIdleMs: number;
  readonly workInHand: WorkInHand;
  readonly metrics: StoringMetrics;
  readonly log: Log;
}

/** How entries were delivered. */
export interface Delivery {
  /** Started before Redis was asked for the entries. */
  readonly since: Stopwatch;
  /** How often each entry was delivered, by id, where it is known; otherwise once. */
  readonly deliveries?: ReadonlyMap<string, number>;
  readonly signal: AbortSignal;
}

/** What is being stored, and the entry that is tried alone, if one is. */
interface BatchInHand {
  readonly entries: readonly StreamEntry[];
  readonly claim: Claim;
  readonly deliveries: ReadonlyMap<string, number>;
  readonly refused: ReadonlyMap<string, string>;
  readonly suspect: StreamEntry | undefined;
}

/** Entries that were stored in one transaction, the first of those in hand. */
interface StoredPart {
  readonly ids: readonly string[];
  readonly outcome: BatchOutcome;
}

/**
 * Stores delivered entries and acknowledges them after COMMIT. While PostgreSQL is away it holds the
 * batch, backs off and keeps its claim on the entries: reading on would only move the backlog into
 * the pending list and raise delivery counts.
 */
export class BatchWorker {
  readonly #options: BatchWorkerOptions;
  readonly #outage: Outage;
  readonly #trials: Trials;
  readonly #losses: LossRecorder;
  readonly #clock: RedisClock;
  readonly #size = new BatchSize();
  #batchesWithoutCopy = 0;

  constructor(options: BatchWorkerOptions) {
    this.#options = options;
    this.#trials = new Trials(options);
    this.#clock = new RedisClock(options.redis);
    this.#losses = new LossRecorder(options);
    this.#outage = new Outage(options.log, {
      began: "PostgreSQL failed, holding the batch and retrying",
      ended: "PostgreSQL works again, the batch is stored",
      remedyOf,
    });
  }

  /**
   * Finishes one delivery: resolves when its entries are stored and acknowledged, or when `signal`
   * aborted before they could be; they stay pending then. An entry that comes alone and was delivered
   * before, by `deliveries`, is tried under a note: it may be what ended the thread before this one.
   *
   * @throws QueueFlowError `stream_unavailable` when the acknowledgement failed: the entries are stored,
   *   and will be delivered again. What is a defect of this program, which must end the thread.
   */
  async finish(
    delivered: DeliveredEntries,
    { since, deliveries = NO_COUNTS, signal }: Delivery,
  ): Promise<void> {
    const { redis, key, metrics } = this.#options;
    const deliveredAtMs = performance.now();
    if (delivered.missingIds.length > 0) {
      this.#losses.record("deleted before they were stored", delivered.missingIds.length);
      await acknowledge(redis, key, delivered.missingIds);
    }
    if (delivered.entries.length === 0) return;
    const { entries } = delivered;
    const suspect = suspectOf(entries, deliveries);
    const refused = await findBrokenText(redis, key.stream, entries);
    const claim = new Claim(
      this.#options,
      entries.map(({ id }) => id),
      since,
    );
    for (let rest = entries; rest.length > 0; ) {
      const inHand = { entries: rest, claim, deliveries, refused, suspect };
      const part = await this.#storeUntilDone(inHand, signal);
      if (part === undefined) return;
      rest = rest.slice(part.ids.length);
      await this.#acknowledge(part);
      claim.finish(part.ids);
      // What is left stays pending, and is finished after the next start.
      if (signal.aborted && rest.length > 0) return;
    }
    metrics.acknowledged(performance.now() - deliveredAtMs);
    if (suspect !== undefined) await this.#trials.forget(suspect.id);
    await raiseFloors(entries, this.#options);
  }

  async #acknowledge({ ids: storedIds, outcome }: StoredPart): Promise<void> {
    const { redis, key, log } = this.#options;
    const ids = storedIds.filter((id) => !outcome.lost.has(id));
    const acknowledged = await acknowledge(redis, key, ids);
    log.debug({ entries: ids.length, acknowledged }, "XACK done");
    if (acknowledged < ids.length) {
      log.warn(
        { entries: ids.length, notPending: ids.length - acknowledged },
        "Stored entries were no longer pending: another consumer finished them too, or the group is gone",
      );
    }
  }

  /** Stores all entries in hand, or the first of them after larger batches were too large. */
  async #storeUntilDone(
    { entries: inHand, claim, deliveries, refused, suspect }: BatchInHand,
    signal: AbortSignal,
  ): Promise<StoredPart | undefined> {
    const { key, workInHand, metrics } = this.#options;
    // At least once: what a read delivered while the stop was asked for is in flight too.
    for (let attempt = 1; ; attempt += 1) {
      const entries = inHand.slice(0, this.#size.entriesMax);
      const startedAtMs = performance.now();
      const isLikelyNew = deliveries.size === 0 && this.#batchesWithoutCopy === 0;
      const nowMs = Date.now();
      const redisNowMs = await this.#clock.read();
      const batch = {
        stream: key.stream,
        entries,
        deliveries,
        refused,
        nowMs,
        redisNowMs,
        isLikelyNew,
        claim,
      };
      try {
        const outcome = await workInHand.during(async () => await this.#attempt(batch, suspect));
        this.#chooseWay(batch, outcome);
        const transactionMs = performance.now() - startedAtMs;
        this.#report(outcome, transactionMs);
        this.#grow(entries.length, transactionMs);
        metrics.committed({
          ...outcome,
          transactionMs,
          receivedAtMs: entries.flatMap((entry) =>
            outcome.lost.has(entry.id) ? [] : [receivedMsOf(entry, redisNowMs)],
          ),
          nowMs: this.#clock.nowMs ?? Date.now(),
        });
        return { ids: entries.map(({ id }) => id), outcome };
      } catch (error) {
        if (isStreamUnavailable(error) || isDefect(error)) throw error;
        metrics.retried();
        claim.doubt();
        if (!(await this.#shrink(entries.length, error))) this.#outage.failed(error);
      }
      if (signal.aborted) return undefined;
      await wait(retryDelayMs(attempt), signal);
    }
  }

  /** Returns false when the failure has another cause than the size of the batch, or when it cannot be smaller. */
  async #shrink(entries: number, error: unknown): Promise<boolean> {
    const { database, log } = this.#options;
    if (entries === 1 || !(await isTooLarge(database, error))) return false;
    const isFirst = this.#size.tooLarge(entries);
    const fields = { entries, error: errorText(error), statement: statementOf(error) };
    if (isFirst) log.warn(fields, "A batch was too large for its deadline; storing it in halves");
    else log.debug(fields, "A batch was too large again");
    return true;
  }

  #grow(entries: number, transactionMs: number): void {
    if (!this.#size.stored(entries, transactionMs)) return;
    this.#options.log.info({}, "Batches have their full size again");
  }

  /**
   * A rehearsal comes before each trial, so that none is under way for as long as PostgreSQL is away, and no
   * entry is charged with a death that any other would have brought about.
   */
  async #attempt(batch: Batch, suspect: StreamEntry | undefined): Promise<BatchOutcome> {
    const { database } = this.#options;
    if (suspect === undefined) return await processBatch(database, batch);
    await rehearse(database);
    return await this.#trials.attempt(suspect.id, async (deaths) => {
      if (deaths < TRIAL_DEATHS_MAX) return await processBatch(database, batch);
      const reason = `Its processing ended the thread ${deaths} times`;
      const refused = new Map([[suspect.id, reason]]);
      const outcome = await processBatch(database, { ...batch, refused });
      return { ...outcome, deadly: outcome.dead };
    });
  }

  #report(outcome: BatchOutcome, transactionMs: number): void {
    const { log } = this.#options;
    const { lost, ...counts } = outcome;
    const fields = { ...counts, lost: lost.size, transactionMs: Math.round(transactionMs) };
    this.#outage.recovered();
    log.debug(fields, "Transaction committed");
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
  }

  /** An event that came again may be one of many: an outage of a client, or another program's import. */
  #chooseWay({ isLikelyNew }: Batch, { way, duplicates }: BatchOutcome): void {
    if (way === "copied") return;
    const isOver = way === "inserted" && duplicates === 0 && !isLikelyNew;
    this.#batchesWithoutCopy = isOver
      ? Math.max(0, this.#batchesWithoutCopy - 1)
      : BATCHES_WITHOUT_COPY;
  }
}

function suspectOf(
  entries: readonly StreamEntry[],
  deliveries: ReadonlyMap<string, number>,
): StreamEntry | undefined {
  const [entry] = entries;
  if (entry === undefined || entries.length > 1) return undefined;
  return (deliveries.get(entry.id) ?? 1) > 1 ? entry : undefined;
}

function isStreamUnavailable(error: unknown): boolean {
  return error instanceof QueueFlowError && error.code === "stream_unavailable";
}
