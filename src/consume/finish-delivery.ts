import { retryDelayMs } from "../async/backoff.ts";
import type { Stopwatch } from "../async/stopwatch.ts";
import { wait } from "../async/wait.ts";
import { errorText } from "../errors.ts";
import { Outage } from "../log/outage.ts";
import { statementOf } from "../store/database-error.ts";
import { acknowledge } from "../stream/consumer-group.ts";
import { findBrokenText } from "../stream/find-broken-text.ts";
import { RedisClock } from "../stream/redis/redis-clock.ts";
import type { DeliveredEntries, StreamEntry } from "../stream/stream-entry.ts";
import { BatchSize } from "./batch-size.ts";
import { Claim } from "./claim.ts";
import { CopyBackoff } from "./copy-backoff.ts";
import { isDefect, isStreamUnavailable, isTooLarge, remedyOf } from "./failure.ts";
import { Trials } from "./poison/trials.ts";
import { raiseFloors } from "./raise-floors.ts";
import { reportBatch } from "./report-batch.ts";
import { type Batch, type BatchOutcome, storeBatch } from "./store-batch.ts";
import type { StoringContext } from "./storing-context.ts";
import { LossRecorder } from "./watches/loss-recorder.ts";

const NO_COUNTS: ReadonlyMap<string, number> = new Map();

export interface Delivery extends DeliveredEntries {
  /** Started before Redis was asked for the entries. */
  readonly since: Stopwatch;
  /** How often each entry was delivered, by id, where known; otherwise once. */
  readonly deliveries?: ReadonlyMap<string, number>;
}

interface Work extends Pick<Batch, "deliveries" | "refused"> {
  readonly claim: Claim;
  /** An entry that may have crashed a thread, and is tried alone. */
  readonly trialId: string | undefined;
  readonly signal: AbortSignal;
}

interface StoredPart {
  readonly ids: readonly string[];
  readonly outcome: BatchOutcome;
}

/**
 * Stores delivered entries and acknowledges them after COMMIT. While PostgreSQL is away it holds them: reading on would move the
 * backlog into the pending list and raise delivery counts.
 */
export class DeliveryFinisher {
  readonly #context: StoringContext;
  readonly #outage: Outage;
  readonly #trials: Trials;
  readonly #losses: LossRecorder;
  readonly #clock: RedisClock;
  readonly #size = new BatchSize();
  readonly #copyBackoff = new CopyBackoff();

  constructor(context: StoringContext) {
    this.#context = context;
    this.#trials = new Trials(context);
    this.#losses = new LossRecorder(context);
    this.#clock = new RedisClock(context.redis);
    this.#outage = new Outage(context.log, {
      began: "PostgreSQL failed, holding the batch and retrying",
      ended: "PostgreSQL works again, the batch is stored",
      remedyOf,
    });
  }

  /**
   * Resolves when the entries are stored and acknowledged, or when `signal` has aborted and the rest stays pending.
   *
   * @throws `stream_unavailable` when the acknowledgement failed: the entries will be delivered again. Defects of this program.
   */
  async finish(delivery: Delivery, signal: AbortSignal): Promise<void> {
    const { entries, missingIds, since, deliveries = NO_COUNTS } = delivery;
    const { redis, key, metrics } = this.#context;
    const startedAtMs = performance.now();
    await this.#acknowledgeMissing(missingIds);
    if (entries.length === 0) return;
    const refused = await findBrokenText(redis, key.stream, entries);
    const claim = new Claim(this.#context, entries, since);
    const trialId = trialIdOf(entries, deliveries);
    const work: Work = { deliveries, refused, claim, trialId, signal };
    for (let rest = entries; rest.length > 0; ) {
      const part = await this.#storeUntilDone(rest, work);
      if (part === undefined) return;
      await this.#acknowledge(part);
      claim.release(part.ids);
      rest = rest.slice(part.ids.length);
      if (signal.aborted && rest.length > 0) return;
    }
    metrics.acknowledged(performance.now() - startedAtMs);
    if (trialId !== undefined) await this.#trials.forget(trialId);
    await raiseFloors(entries, this.#context);
  }

  async #acknowledgeMissing(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    this.#losses.record("deleted before they were stored", ids.length);
    await acknowledge(this.#context.redis, this.#context.key, ids);
  }

  /** Stores the first of the entries; undefined when the signal aborts after a failure. */
  async #storeUntilDone(
    entries: readonly StreamEntry[],
    work: Work,
  ): Promise<StoredPart | undefined> {
    const { claim, signal } = work;
    // At least one attempt: a read may have delivered these entries while the stop was requested.
    for (let attempt = 1; ; attempt += 1) {
      const part = entries.slice(0, this.#size.entriesMax);
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

  async #store(entries: readonly StreamEntry[], work: Work): Promise<StoredPart> {
    const { key, database, status, log } = this.#context;
    const { trialId, ...shared } = work;
    const startedAtMs = performance.now();
    const batch: Batch = {
      ...shared,
      stream: key.stream,
      entries,
      triesCopy: work.deliveries.size === 0 && this.#copyBackoff.allowsCopy,
      nowMs: Date.now(),
      redisNowMs: await this.#clock.read(),
    };
    const outcome = await status.commit(async () =>
      trialId === undefined
        ? await storeBatch(database, batch)
        : await this.#trials.store(trialId, batch),
    );
    const transactionMs = performance.now() - startedAtMs;
    this.#outage.recovered();
    this.#copyBackoff.stored(batch, outcome);
    if (this.#size.stored(entries.length, transactionMs)) {
      log.info({}, "Batches have their full size again");
    }
    const nowMs = this.#clock.nowMs ?? Date.now();
    reportBatch(batch, { outcome, transactionMs, nowMs }, this.#context);
    return { ids: entries.map(({ id }) => id), outcome };
  }

  async #shrink(entries: number, error: unknown): Promise<boolean> {
    const { database, log } = this.#context;
    if (entries === 1 || !(await isTooLarge(database, error))) return false;
    const fields = { entries, error: errorText(error), statement: statementOf(error) };
    if (this.#size.tooLarge(entries)) {
      log.warn(fields, "A batch was too large for its deadline; storing it in halves");
    } else {
      log.debug(fields, "A batch was too large again");
    }
    return true;
  }

  async #acknowledge({ ids, outcome }: StoredPart): Promise<void> {
    const { redis, key, log } = this.#context;
    const own = ids.filter((id) => !outcome.lost.has(id));
    const acknowledged = await acknowledge(redis, key, own);
    log.debug({ entries: own.length, acknowledged }, "XACK done");
    if (acknowledged === own.length) return;
    log.warn(
      { entries: own.length, notPending: own.length - acknowledged },
      "Stored entries were no longer pending: another consumer finished them too, or the group is gone",
    );
  }
}

function trialIdOf(
  entries: readonly StreamEntry[],
  deliveries: ReadonlyMap<string, number>,
): string | undefined {
  const [entry] = entries;
  if (entry === undefined || entries.length > 1) return undefined;
  return (deliveries.get(entry.id) ?? 1) > 1 ? entry.id : undefined;
}
