import { QueueFlowError } from "../../errors.ts";
import type { AnalyticsEvent } from "../../event/event.ts";
import type { Outage } from "../../log/outage.ts";
import type { Appended, EventProducer, Producer } from "../producer.ts";
import { Placements } from "./placements.ts";

/** Long enough for large flushes, short enough to share the events evenly. */
const STAY_MS = 50;
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
  readonly appendMsMax?: number;
}

interface Shard {
  readonly producer: Producer;
  isFailing: boolean;
  /** The last success, as `performance.now()`. */
  answeredAtMs: number;
}

/**
 * Appends to any shard. An event whose shard fails or is silent goes to another, even if Redis may have it: PostgreSQL counts it
 * once. A failing shard is left alone until a probe or an append succeeds.
 */
export class ShardedProducer implements EventProducer {
  readonly #shards: readonly Shard[];
  readonly #options: ShardedOptions;
  readonly #placements: Placements<Shard>;
  #current = 0;
  #sinceMs = Number.NEGATIVE_INFINITY;
  #probing: Timer | undefined;
  #isProbing = false;

  constructor(shards: readonly ProducingShard[], options: ShardedOptions) {
    this.#options = options;
    this.#shards = shards.map((shard) => this.#open(shard));
    this.#placements = new Placements({
      next: (tried) => this.#leastLoaded(tried),
      nextWorking: (tried) => {
        const shard = this.#leastLoaded(tried);
        return shard?.isFailing === true ? undefined : shard;
      },
      silenceMs: (shard, nowMs) => nowMs - shard.answeredAtMs,
      onSilent: (shard) => this.#leave(shard),
      appendMsMax: options.appendMsMax,
    });
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
          this.#leave(shard);
          outage.failed(error);
        },
        recovered: () => {
          shard.isFailing = false;
          shard.answeredAtMs = performance.now();
          outage.recovered();
          flushes?.recovered();
        },
      }),
      isFailing: false,
      answeredAtMs: Number.NEGATIVE_INFINITY,
    };
    return shard;
  }

  #leave(shard: Shard): void {
    shard.isFailing = true;
    this.#probe();
  }

  #place<Result>(
    events: readonly AnalyticsEvent[],
    append: (producer: Producer) => Promise<Result>,
  ): Promise<Result> {
    const refusal = this.#refusalOf(events.length);
    if (refusal !== undefined) return Promise.reject(refusal);
    const shard = this.#shardFor(performance.now());
    if (shard === undefined) return Promise.reject(new Error("A producer without shards"));
    const placed = this.#placements.place(shard, ({ producer }) => append(producer));
    placed.catch((error: unknown) => this.#options.flushes?.failed(error));
    return placed;
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
    const next = this.#leastLoaded([]);
    if (next !== undefined) this.#current = this.#shards.indexOf(next);
    this.#sinceMs = nowMs;
    return next;
  }

  /** Of shards alike, the next one. Failing ones come last. */
  #leastLoaded(tried: readonly Shard[]): Shard | undefined {
    let best: Shard | undefined;
    for (let i = 1; i <= this.#shards.length; i += 1) {
      const shard = this.#shards[(this.#current + i) % this.#shards.length];
      if (shard === undefined || tried.includes(shard)) continue;
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
