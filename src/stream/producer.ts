import { asQueueFlowError, QueueFlowError } from "../errors.ts";
import { ENTRY_FIELDS, pushEntryValues } from "../event/entry-codec.ts";
import type { AnalyticsEvent } from "../event/event.ts";
import type { Outage } from "../log/outage.ts";
import { appendBatch, checkAppend } from "./append-batch.ts";
import type { EvictionGuard } from "./eviction-guard.ts";
import {
  asLongList,
  entryIdAt,
  FLUSH_ENTRIES_MAX,
  type Flush,
  hasRoom,
  newFlush,
  type Place,
} from "./flush.ts";
import type { RedisConnection } from "./redis/redis-connection.ts";
import { lowWaterMark } from "./stream-marks.ts";

/** Redis has the second before the reply to the first is read. */
const FLUSHES_IN_FLIGHT_MAX = 2;

export interface Appended {
  readonly stream: string;
  /** Of each event's entry. */
  readonly entryIds: readonly string[];
}

/** Appends events to one stream, or to the shards of one. */
export interface EventProducer {
  readonly append: (events: readonly AnalyticsEvent[]) => Promise<string>;
  readonly appendForIds: (events: readonly AnalyticsEvent[]) => Promise<Appended>;
  readonly checkAppend: () => Promise<void>;
  readonly drained: () => Promise<void>;
  /** The newest entry of each stream that has got any from this producer. */
  readonly newest: ReadonlyMap<string, string>;
}

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
  /** Replicas that must have an event; 0 by default. */
  readonly replicasMin?: number;
  /** Takes every other flush, because WAIT blocks its connection. */
  readonly second?: RedisConnection;
}

/**
 * Group commit. Each flush costs Redis an fsync, so a second one goes out beside the first only when it is at least as large. Single
 * events and batches have flushes of their own that take turns, so that no event waits for a whole batch.
 */
export class Producer implements EventProducer {
  readonly #redis: RedisConnection;
  readonly #replicasMin: number;
  #isSecondNext = false;
  readonly #options: ProducerOptions;
  /** Oldest first. */
  readonly #singles: Flush[] = [];
  readonly #batches: Flush[] = [];
  readonly #inFlight: Flush[] = [];
  #isBatchNext = false;
  /** Both include what is in flight. */
  #waitingEvents = 0;
  #waitingCharacters = 0;
  #lastEntryId: string | undefined;
  #isFull = false;
  #isScheduled = false;
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(redis: RedisConnection, options: ProducerOptions) {
    this.#redis = redis;
    this.#replicasMin = options.replicasMin ?? 0;
    this.#options = options;
  }

  /**
   * Resolves with the id of the last entry, empty for no events, once Redis has all as safely as its `appendfsync` says.
   *
   * @throws QueueFlowError `ingest_overloaded`, `redis_evicts`: nothing was appended. `stream_full`, `clock_wrong`: nothing was, unless
   *   others filled the stream meanwhile or Redis is out of memory. Otherwise some may have been: repeat them under the same ids.
   */
  append(events: readonly AnalyticsEvent[]): Promise<string> {
    return this.#append(events, undefined);
  }

  /** Resolves with where the entry of each event is. Otherwise as `append`. */
  async appendForIds(events: readonly AnalyticsEvent[]): Promise<Appended> {
    const places: Place[] = [];
    await this.#append(events, places);
    return { stream: this.#options.stream, entryIds: places.map(entryIdAt) };
  }

  get newest(): ReadonlyMap<string, string> {
    const id = this.#lastEntryId;
    return new Map(id === undefined ? [] : [[this.#options.stream, id]]);
  }

  /** Including what is in flight. */
  get waiting(): { readonly events: number; readonly characters: number } {
    return { events: this.#waitingEvents, characters: this.#waitingCharacters };
  }

  #append(events: readonly AnalyticsEvent[], places: Place[] | undefined): Promise<string> {
    if (events.length === 0) return Promise.resolve("");
    const refusal = this.#refusalOf(events.length);
    if (refusal !== undefined) return Promise.reject(refusal);
    const queue = events.length === 1 ? this.#singles : this.#batches;
    const flushes: Flush[] = [];
    // A list is in one flush if it fits.
    if (!hasRoom(queue.at(-1), Math.min(events.length, FLUSH_ENTRIES_MAX))) queue.push(newFlush());
    for (const event of events) {
      const flush = this.#add(event, queue);
      places?.push({ flush, position: flush.events - 1 });
      if (flush !== flushes.at(-1)) flushes.push(flush);
    }
    if (!this.#isScheduled && this.#maySend) this.#schedule();
    const [first] = flushes;
    if (flushes.length === 1 && first !== undefined) return first.done.promise;
    asLongList(flushes);
    return lastEntryIdOf(flushes);
  }

  /** @throws QueueFlowError when `append` would. */
  async checkAppend(): Promise<void> {
    const { stream, guard } = this.#options;
    const [length] = await Promise.all([
      checkAppend(this.#redis, {
        stream,
        nowMs: this.#nowMs,
        replicasMin: this.#replicasMin,
      }),
      guard?.check(),
    ]);
    if (guard?.refusal !== undefined) throw guard.refusal;
    this.#isFull = length >= this.#mark;
    if (this.#isFull) throw streamFull(this.#mark);
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
    const [batch] = this.#batches;
    if (batch === undefined || batch.list?.firstFlush === "sent") return this.#singles;
    return this.#isBatchNext || this.#singles.length === 0 ? this.#batches : this.#singles;
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
    const { list, values } = flush;
    this.#inFlight.push(flush);
    const sentAtMs = performance.now();
    try {
      if (list?.failure !== undefined) throw list.failure;
      const neededRoom = this.#roomToBegin(flush);
      const lengthMax = this.#mark - neededRoom;
      if (list?.firstFlush === "waiting") list.firstFlush = "sent";
      const { stream } = this.#options;
      const lastEntryId = await appendBatch(this.#nextConnection, {
        stream,
        values,
        lengthMax,
        nowMs: this.#nowMs,
        replicasMin: this.#replicasMin,
      });
      // Others may fit where a long list does not.
      if (lastEntryId !== undefined || neededRoom === 0) this.#isFull = lastEntryId === undefined;
      if (lastEntryId === undefined) throw streamFull(lengthMax);
      if (list !== undefined) list.firstFlush = "answered";
      this.#finish(flush);
      flush.lastEntryId = lastEntryId;
      this.#lastEntryId = lastEntryId;
      flush.done.resolve(lastEntryId);
      this.#options.flushes?.recovered();
      this.#options.onFlushed?.(flush.events, sentAtMs);
    } catch (error) {
      if (list !== undefined) {
        list.firstFlush = "answered";
        list.failure ??= asQueueFlowError(error);
      }
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

  /**
   * A long list is begun only if all of it fits, or it would fill the stream further each time it is sent again. One of more than
   * half of the stream takes its chance.
   */
  #roomToBegin({ list }: Flush): number {
    if (list?.firstFlush !== "waiting") return 0;
    return Math.min(list.eventsBeforeLastFlush, Math.floor(this.#mark / 2));
  }

  get #nextConnection(): RedisConnection {
    const { second } = this.#options;
    if (second === undefined) return this.#redis;
    this.#isSecondNext = !this.#isSecondNext;
    return this.#isSecondNext ? this.#redis : second;
  }

  get #nowMs(): number {
    return (this.#options.nowMs ?? Date.now)();
  }

  get #mark(): number {
    const { streamLengthMax } = this.#options;
    return this.#isFull ? lowWaterMark(streamLengthMax) : streamLengthMax;
  }
}

function streamFull(lengthMax: number): QueueFlowError {
  const sentence = `The stream is full: events are taken again when it is below ${lengthMax} entries`;
  return new QueueFlowError("stream_full", sentence);
}

async function lastEntryIdOf(flushes: readonly Flush[]): Promise<string> {
  return (await Promise.all(flushes.map(({ done }) => done.promise))).at(-1) ?? "";
}
