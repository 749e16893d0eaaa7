import { QueueFlowError } from "../errors.ts";
import { pushEntryValues } from "../event/entry-codec.ts";
import type { AnalyticsEvent } from "../event/event.ts";
import type { Outage } from "../log/outage.ts";
import { appendBatch, checkAppend } from "./append-batch.ts";
import type { EvictionGuard } from "./eviction-guard.ts";
import type { RedisConnection } from "./redis/redis-connection.ts";
import { lowWaterMark } from "./stream-marks.ts";

/** Bounds how long one script call blocks Redis. */
const FLUSH_ENTRIES_MAX = 512;

/** Redis has the second before the reply to the first is read. */
const FLUSHES_IN_FLIGHT_MAX = 2;

export interface ProducerOptions {
  readonly stream: string;
  readonly guard?: EvictionGuard;
  readonly flushes?: Pick<Outage, "failed" | "recovered">;
  /** `sentAtMs` is of `performance.now()`. */
  readonly onFlushed?: (events: number, sentAtMs: number) => void;
  /** At this length, appends fail until the stream is below its low-water mark. */
  readonly streamLengthMax: number;
  /** Beyond, appends fail with `ingest_overloaded`. */
  readonly waitingEventsMax: number;
  readonly nowMs?: () => number;
}

interface Flush {
  readonly values: string[];
  events: number;
  readonly done: PromiseWithResolvers<string>;
}

/** Group commit. Each flush costs Redis an fsync, so a second one goes out beside the first only when it is at least as large. */
export class Producer {
  readonly #redis: RedisConnection;
  readonly #options: ProducerOptions;
  /** Oldest first. */
  readonly #waiting: Flush[] = [];
  readonly #inFlight: Flush[] = [];
  /** Includes events in flight. */
  #waitingEvents = 0;
  #isFull = false;
  #isScheduled = false;
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(redis: RedisConnection, options: ProducerOptions) {
    this.#redis = redis;
    this.#options = options;
  }

  /**
   * Resolves with the id of the flush's last entry, empty for no events, once Redis has all as safely as its `appendfsync` says.
   *
   * @throws QueueFlowError `ingest_overloaded`, `redis_evicts`: nothing was appended. `stream_full`, `clock_wrong`: nothing of up to
   *   `FLUSH_ENTRIES_MAX` events was, unless Redis is out of memory. Otherwise some may have been: repeat them under the same ids.
   */
  append(events: readonly AnalyticsEvent[]): Promise<string> {
    if (events.length === 0) return Promise.resolve("");
    const refusal = this.#refusalOf(events.length);
    if (refusal !== undefined) return Promise.reject(refusal);
    let appended = this.#add(events.slice(0, FLUSH_ENTRIES_MAX));
    for (let from = FLUSH_ENTRIES_MAX; from < events.length; from += FLUSH_ENTRIES_MAX) {
      const rest = this.#add(events.slice(from, from + FLUSH_ENTRIES_MAX));
      appended = Promise.all([appended, rest]).then(([, lastEntryId]) => lastEntryId);
    }
    if (!this.#isScheduled && this.#maySend) this.#schedule();
    return appended;
  }

  /** @throws QueueFlowError when `append` would. */
  async checkAppend(): Promise<void> {
    const { stream, guard } = this.#options;
    const [length] = await Promise.all([
      checkAppend(this.#redis, { stream, nowMs: this.#nowMs }),
      guard?.check(),
    ]);
    if (guard?.refusal !== undefined) throw guard.refusal;
    this.#isFull = length >= this.#mark;
    if (this.#isFull) throw this.#streamFull();
  }

  async drained(): Promise<void> {
    if (this.#waitingEvents === 0) return;
    this.#idle ??= Promise.withResolvers();
    await this.#idle.promise;
  }

  #refusalOf(events: number): QueueFlowError | undefined {
    const { guard, waitingEventsMax } = this.#options;
    if (guard?.refusal !== undefined) return guard.refusal;
    if (this.#waitingEvents + events <= waitingEventsMax) return undefined;
    return new QueueFlowError("ingest_overloaded", "Too many events already wait for Redis");
  }

  #add(events: readonly AnalyticsEvent[]): Promise<string> {
    const last = this.#waiting.at(-1);
    const hasRoom = last !== undefined && last.events + events.length <= FLUSH_ENTRIES_MAX;
    const flush = hasRoom ? last : newFlush();
    if (!hasRoom) this.#waiting.push(flush);
    for (const event of events) pushEntryValues(event, flush.values);
    flush.events += events.length;
    this.#waitingEvents += events.length;
    return flush.done.promise;
  }

  /** Lets all requests of this turn of the loop join the flush. */
  #schedule(): void {
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#sendWaiting();
    });
  }

  get #maySend(): boolean {
    const [next] = this.#waiting;
    const last = this.#inFlight.at(-1);
    if (next === undefined) return false;
    if (last === undefined) return true;
    return this.#inFlight.length < FLUSHES_IN_FLIGHT_MAX && next.events >= last.events;
  }

  #sendWaiting(): void {
    while (this.#maySend) {
      const flush = this.#waiting.shift();
      if (flush !== undefined) void this.#send(flush);
    }
  }

  async #send(flush: Flush): Promise<void> {
    this.#inFlight.push(flush);
    const sentAtMs = performance.now();
    try {
      const lastEntryId = await appendBatch(this.#redis, {
        stream: this.#options.stream,
        values: flush.values,
        lengthMax: this.#mark,
        nowMs: this.#nowMs,
      });
      this.#isFull = lastEntryId === undefined;
      if (lastEntryId === undefined) throw this.#streamFull();
      this.#finish(flush);
      flush.done.resolve(lastEntryId);
      this.#options.flushes?.recovered();
      this.#options.onFlushed?.(flush.events, sentAtMs);
    } catch (error) {
      this.#finish(flush);
      this.#options.flushes?.failed(error);
      flush.done.reject(error);
    }
  }

  /** Sends the next flush first, so that Redis works while callers continue. */
  #finish(flush: Flush): void {
    this.#inFlight.splice(this.#inFlight.indexOf(flush), 1);
    this.#waitingEvents -= flush.events;
    this.#sendWaiting();
    if (this.#waitingEvents > 0) return;
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  get #nowMs(): number {
    return (this.#options.nowMs ?? Date.now)();
  }

  get #mark(): number {
    const { streamLengthMax } = this.#options;
    return this.#isFull ? lowWaterMark(streamLengthMax) : streamLengthMax;
  }

  #streamFull(): QueueFlowError {
    const sentence = `The stream is full: events are taken again when it is below ${this.#mark} entries`;
    return new QueueFlowError("stream_full", sentence);
  }
}

function newFlush(): Flush {
  return { values: [], events: 0, done: Promise.withResolvers() };
}
