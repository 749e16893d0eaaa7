import { withDeadline } from "../../async/deadline.ts";
import { QueueFlowError } from "../../errors.ts";
import type { AnalyticsEvent } from "../../event/event.ts";
import type { Outage } from "../../log/outage.ts";
import type { Appended, EventProducer, Producer } from "../producer.ts";

/** Long enough for large flushes, short enough to share the events evenly. */
const STAY_MS = 50;
/** Leaves time to send the 503 within a second. */
const APPEND_MS_MAX = 900;
const PROBE_INTERVAL_MS = 250;

export interface ProducingShard {
  /** Calls `onFlush` with the outcome of each flush. */
  readonly open: (flushes: FlushObserver) => Producer;
  readonly outage: FlushObserver;
}

type FlushObserver = Pick<Outage, "failed" | "recovered">;

export interface ShardedOptions {
  /** Of all shards: no event is accepted. */
  readonly flushes?: FlushObserver;
  /** Of all shards together. Beyond either, appends fail with `ingest_overloaded`. */
  readonly waitingEventsMax: number;
  readonly waitingCharactersMax?: number;
}

interface Shard {
  readonly producer: Producer;
  isFailing: boolean;
}

/**
 * Appends to any shard. An event whose shard fails goes to another, even if Redis may have it: PostgreSQL counts it once. A failing
 * shard is left alone until a probe succeeds.
 */
export class ShardedProducer implements EventProducer {
  readonly #shards: readonly Shard[];
  readonly #options: ShardedOptions;
  #current = 0;
  #sinceMs = Number.NEGATIVE_INFINITY;
  #probing: Timer | undefined;
  #isProbing = false;

  constructor(shards: readonly ProducingShard[], options: ShardedOptions) {
    this.#options = options;
    this.#shards = shards.map((shard) => this.#open(shard));
    // Threads that start together begin with different shards.
    this.#current = Math.floor(Math.random() * shards.length);
  }

  append(events: readonly AnalyticsEvent[]): Promise<string> {
    return this.#place(events, (producer) => producer.append(events));
  }

  appendForIds(events: readonly AnalyticsEvent[]): Promise<Appended> {
    return this.#place(events, (producer) => producer.appendForIds(events));
  }

  /** @throws QueueFlowError when no shard takes events. */
  async checkAppend(): Promise<void> {
    const failures = await Promise.all(
      this.#shards.map(({ producer }) =>
        producer.checkAppend().then(
          () => undefined,
          (error: unknown) => ({ error }),
        ),
      ),
    );
    const [first] = failures;
    if (failures.every((failure) => failure !== undefined) && first !== undefined) {
      throw first.error;
    }
  }

  async drained(): Promise<void> {
    clearInterval(this.#probing);
    await Promise.all(this.#shards.map(async ({ producer }) => await producer.drained()));
  }

  get newest(): ReadonlyMap<string, string> {
    return new Map(this.#shards.flatMap(({ producer }) => [...producer.newest]));
  }

  #open({ open, outage }: ProducingShard): Shard {
    const { flushes } = this.#options;
    const shard: Shard = {
      producer: open({
        failed: (error) => {
          shard.isFailing = true;
          outage.failed(error);
          this.#probe();
        },
        recovered: () => {
          shard.isFailing = false;
          outage.recovered();
          flushes?.recovered();
        },
      }),
      isFailing: false,
    };
    return shard;
  }

  #place<Result>(
    events: readonly AnalyticsEvent[],
    append: (producer: Producer) => Promise<Result>,
  ): Promise<Result> {
    const refusal = this.#refusalOf(events.length);
    if (refusal !== undefined) return Promise.reject(refusal);
    const nowMs = performance.now();
    const shard = this.#shardFor(nowMs);
    if (shard === undefined) return Promise.reject(new Error("A producer without shards"));
    return append(shard.producer).catch(
      async (error: unknown) => await this.#placeElsewhere(shard, { error, nowMs, append }),
    );
  }

  async #placeElsewhere<Result>(
    failed: Shard,
    {
      error: firstError,
      nowMs: startedAtMs,
      append,
    }: { error: unknown; nowMs: number; append: (producer: Producer) => Promise<Result> },
  ): Promise<Result> {
    let error = firstError;
    const tried = new Set([failed]);
    for (;;) {
      const next = this.#leastLoaded(tried);
      const deadlineMs = startedAtMs + APPEND_MS_MAX - performance.now();
      if (next === undefined || deadlineMs <= 0) break;
      tried.add(next);
      try {
        const missed = () => {
          throw error;
        };
        return await withDeadline(append(next.producer), { deadlineMs, onLate: missed });
      } catch (nextError) {
        error = nextError;
      }
    }
    this.#options.flushes?.failed(error);
    throw error;
  }

  #refusalOf(events: number): QueueFlowError | undefined {
    const { waitingEventsMax, waitingCharactersMax = Number.POSITIVE_INFINITY } = this.#options;
    let waitingEvents = events;
    let waitingCharacters = 0;
    for (const { producer } of this.#shards) {
      waitingEvents += producer.waiting.events;
      waitingCharacters += producer.waiting.characters;
    }
    if (waitingEvents <= waitingEventsMax && waitingCharacters < waitingCharactersMax) {
      return undefined;
    }
    return new QueueFlowError("ingest_overloaded", "Too many events already wait for Redis");
  }

  #shardFor(nowMs: number): Shard | undefined {
    const current = this.#shards[this.#current];
    if (nowMs - this.#sinceMs < STAY_MS && current?.isFailing === false) return current;
    const next = this.#leastLoaded(new Set());
    if (next !== undefined) this.#current = this.#shards.indexOf(next);
    this.#sinceMs = nowMs;
    return next;
  }

  /** Of shards alike, the next one. Failing ones come last. */
  #leastLoaded(tried: ReadonlySet<Shard>): Shard | undefined {
    let best: Shard | undefined;
    for (let i = 1; i <= this.#shards.length; i += 1) {
      const shard = this.#shards[(this.#current + i) % this.#shards.length];
      if (shard === undefined || tried.has(shard)) continue;
      if (best === undefined || isBetter(shard, best)) best = shard;
    }
    return best;
  }

  #probe(): void {
    this.#probing ??= setInterval(() => void this.#probeFailing(), PROBE_INTERVAL_MS);
    this.#probing.unref();
  }

  /** Never rejects. */
  async #probeFailing(): Promise<void> {
    if (this.#isProbing) return;
    this.#isProbing = true;
    await Promise.all(
      this.#shards.map(async (shard) => {
        if (!shard.isFailing) return;
        const works = await shard.producer.checkAppend().then(
          () => true,
          () => false,
        );
        if (works) shard.isFailing = false;
      }),
    );
    this.#isProbing = false;
    if (this.#shards.some(({ isFailing }) => isFailing)) return;
    clearInterval(this.#probing);
    this.#probing = undefined;
  }
}

function isBetter(shard: Shard, than: Shard): boolean {
  if (shard.isFailing !== than.isFailing) return than.isFailing;
  return shard.producer.waiting.events < than.producer.waiting.events;
}
