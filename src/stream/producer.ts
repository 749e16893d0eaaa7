import { QueueFlowError } from "../errors.ts";
import { ENTRY_FIELDS, pushEntryValues } from "../event/entry-codec.ts";
import type { AnalyticsEvent } from "../event/event.ts";
import type { Outage } from "../log/outage.ts";
import { appendBatch, checkAppend } from "./append-batch.ts";
import type { EvictionGuard } from "./eviction-guard.ts";
import type { RedisConnection } from "./redis/redis-connection.ts";
import { lowWaterMark } from "./stream-marks.ts";

/** Both bound how long one script call blocks Redis. */
const FLUSH_ENTRIES_MAX = 512;
/** A flush may exceed it by one event. */
const FLUSH_CHARACTERS_MAX = 1_024 * 1_024;

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
  /** Beyond either, appends fail with `ingest_overloaded`. */
  readonly waitingEventsMax: number;
  readonly waitingCharactersMax?: number;
  readonly nowMs?: () => number;
}

interface Flush {
  readonly values: string[];
  /** Empty until Redis has the flush. */
  lastEntryId: string;
  events: number;
  characters: number;
  readonly done: PromiseWithResolvers<string>;
}

/**
 * Group commit. Each flush costs Redis an fsync, so a second one goes out beside the first only when it is at least as large. Single
 * events and batches have flushes of their own that take turns, so that no event waits for a whole batch.
 */
export class Producer {
  readonly #redis: RedisConnection;
  readonly #options: ProducerOptions;
  /** Oldest first. */
  readonly #singles: Flush[] = [];
  readonly #batches: Flush[] = [];
  readonly #inFlight: Flush[] = [];
  #isBatchNext = false;
  /** Both include what is in flight. */
  #waitingEvents = 0;
  #waitingCharacters = 0;
  #isFull = false;
  #isScheduled = false;
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(redis: RedisConnection, options: ProducerOptions) {
    this.#redis = redis;
    this.#options = options;
  }

  /**
   * Resolves with the id of the last entry, empty for no events, once Redis has all as safely as its `appendfsync` says.
   *
   * @throws QueueFlowError `ingest_overloaded`, `redis_evicts`: nothing was appended. `stream_full`, `clock_wrong`: nothing of a list
   *   that fits one flush was, unless Redis is out of memory. Otherwise some may have been: repeat them under the same ids.
   */
  append(events: readonly AnalyticsEvent[]): Promise<string> {
    return this.#append(events, undefined);
  }

  /** Resolves with the id of each event's entry. Otherwise as `append`. */
  async appendForIds(events: readonly AnalyticsEvent[]): Promise<readonly string[]> {
    const places: Place[] = [];
    await this.#append(events, places);
    return places.map(entryIdAt);
  }

  #append(events: readonly AnalyticsEvent[], places: Place[] | undefined): Promise<string> {
    if (events.length === 0) return Promise.resolve("");
    const refusal = this.#refusalOf(events.length);
    if (refusal !== undefined) return Promise.reject(refusal);
    const queue = events.length === 1 ? this.#singles : this.#batches;
    let appended = Promise.resolve("");
    let flush: Flush | undefined;
    // A list is in one flush if it fits.
    if (!hasRoom(queue.at(-1), Math.min(events.length, FLUSH_ENTRIES_MAX))) queue.push(newFlush());
    for (const event of events) {
      const next = this.#add(event, queue);
      places?.push({ flush: next, position: next.events - 1 });
      if (next === flush) continue;
      appended = flush === undefined ? next.done.promise : lastOf(appended, next.done.promise);
      flush = next;
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
    const {
      guard,
      waitingEventsMax,
      waitingCharactersMax = Number.POSITIVE_INFINITY,
    } = this.#options;
    if (guard?.refusal !== undefined) return guard.refusal;
    const isFull = this.#waitingEvents + events > waitingEventsMax;
    if (!isFull && this.#waitingCharacters < waitingCharactersMax) return undefined;
    return new QueueFlowError("ingest_overloaded", "Too many events already wait for Redis");
  }

  #add(event: AnalyticsEvent, queue: Flush[]): Flush {
    let flush = queue.at(-1);
    if (!hasRoom(flush, 1)) {
      flush = newFlush();
      queue.push(flush);
    }
    const { values } = flush;
    let characters = 0;
    pushEntryValues(event, values);
    for (let i = values.length - ENTRY_FIELDS.length; i < values.length; i += 1) {
      characters += values[i]?.length ?? 0;
    }
    flush.events += 1;
    flush.characters += characters;
    this.#waitingEvents += 1;
    this.#waitingCharacters += characters;
    return flush;
  }

  /** Lets all requests of this turn of the loop join the flush. */
  #schedule(): void {
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#sendWaiting();
    });
  }

  get #nextQueue(): Flush[] {
    const other = this.#isBatchNext ? this.#singles : this.#batches;
    if (other.length === 0) return this.#isBatchNext ? this.#batches : this.#singles;
    const next = this.#isBatchNext ? this.#batches : this.#singles;
    return next.length > 0 ? next : other;
  }

  get #maySend(): boolean {
    const [next] = this.#nextQueue;
    const last = this.#inFlight.at(-1);
    if (next === undefined) return false;
    if (last === undefined) return true;
    return this.#inFlight.length < FLUSHES_IN_FLIGHT_MAX && next.events >= last.events;
  }

  #sendWaiting(): void {
    while (this.#maySend) {
      const queue = this.#nextQueue;
      const flush = queue.shift();
      this.#isBatchNext = queue === this.#singles;
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
      flush.lastEntryId = lastEntryId;
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
    this.#waitingCharacters -= flush.characters;
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

/** Where an event is in a flush. */
interface Place {
  readonly flush: Flush;
  readonly position: number;
}

/** One script call appends a flush, so that its ids differ by one. */
function entryIdAt({ flush: { lastEntryId, events }, position }: Place): string {
  const [ms = "", sequence = "0"] = lastEntryId.split("-");
  return `${ms}-${BigInt(sequence) - BigInt(events - 1 - position)}`;
}

function newFlush(): Flush {
  return { values: [], lastEntryId: "", events: 0, characters: 0, done: Promise.withResolvers() };
}

function hasRoom(flush: Flush | undefined, events: number): flush is Flush {
  if (flush === undefined || flush.characters >= FLUSH_CHARACTERS_MAX) return false;
  return flush.events + events <= FLUSH_ENTRIES_MAX;
}

async function lastOf(...appended: readonly Promise<string>[]): Promise<string> {
  return (await Promise.all(appended)).at(-1) ?? "";
}
