import { QueueFlowError } from "../errors.ts";
import { pushEntryValues } from "../event/entry-codec.ts";
import type { AnalyticsEvent } from "../event/event.ts";
import type { Outage } from "../log/outage.ts";
import { appendBatch, checkAppend } from "./append-batch.ts";
import type { EvictionGuard } from "./eviction-guard.ts";
import type { EventConnection } from "./redis/event-connection.ts";
import { lowWaterMark } from "./stream-marks.ts";

/** One script call appends at most this many entries, so that Redis is never busy with one for long. */
const FLUSH_ENTRIES_MAX = 512;

/** With two flushes in flight, Redis has the next one before the reply to the first is read. */
const FLUSHES_IN_FLIGHT_MAX = 2;

/** Where a producer appends, and its bounds. */
export interface ProducerOptions {
  readonly stream: string;
  /** Nothing is appended while it refuses. */
  readonly guard?: EvictionGuard;
  readonly flushes?: Pick<Outage, "failed" | "recovered">;
  /** Told of each group that Redis has taken, and when it was sent, by `performance.now()`. */
  readonly onFlushed?: (events: number, sentAtMs: number) => void;
  /**
   * The stream's high-water mark, in entries: at it, appends fail with `stream_full` until the stream is
   * below its low-water mark.
   */
  readonly streamLengthMax: number;
  /** How many events may wait here for Redis: beyond, appends fail with `ingest_overloaded`. */
  readonly waitingEventsMax: number;
  /** The clock of this machine, in milliseconds since 1970; `Date.now` unless given. */
  readonly nowMs?: () => number;
}

/** Events that go to Redis together, and what those who sent them wait for. */
interface Group {
  /** Those of one event after those of another. */
  readonly values: string[];
  events: number;
  readonly done: PromiseWithResolvers<string>;
}

/**
 * Appends events to the stream by group commit: what arrives while a flush is in flight goes with the
 * next, and all events of a flush share one promise. A second flush sets out beside the first as soon as
 * it is as large: smaller ones would cost Redis a sync to disk each for a few events. It knows no queue
 * beyond `waitingEventsMax` events.
 */
export class Producer {
  readonly #redis: EventConnection;
  readonly #options: ProducerOptions;
  /** Those that have not set out, the oldest first; only the last is open to more events. */
  readonly #waiting: Group[] = [];
  /** The oldest first. */
  readonly #inFlight: Group[] = [];
  #waitingEvents = 0;
  /** Whether the stream was at the high-water mark, and has not been seen below the low one since. */
  #isFull = false;
  #isScheduled = false;
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(redis: EventConnection, options: ProducerOptions) {
    this.#redis = redis;
    this.#options = options;
  }

  /**
   * Resolves, with the id of the last entry of its flush, once Redis has the event as safely as its
   * `appendfsync` says.
   *
   * @throws QueueFlowError `stream_unavailable`, `stream_exhausted`, and `stream_full` when Redis is out of memory: the
   *   outcome is unknown, send the event again under the same id; `stream_full` at a mark, `clock_wrong`, `redis_evicts` and
   *   `ingest_overloaded`: it was not appended.
   */
  append(event: AnalyticsEvent): Promise<string> {
    const refusal = this.#options.guard?.refusal;
    if (refusal !== undefined) return Promise.reject(refusal);
    if (this.#waitingEvents >= this.#options.waitingEventsMax) {
      return Promise.reject(
        new QueueFlowError("ingest_overloaded", "Too many events already wait for Redis"),
      );
    }
    const group = this.#openGroup();
    pushEntryValues(event, group.values);
    group.events += 1;
    this.#waitingEvents += 1;
    if (!this.#isScheduled && this.#maySetOut) this.#schedule();
    return group.done.promise;
  }

  /**
   * Resolves when an append would go through now.
   *
   * @throws QueueFlowError `stream_full` above the mark in force and when Redis is out of memory;
   *   `stream_unavailable` when it is away, loading, read-only or cannot write its disk; `redis_evicts`, `clock_wrong`,
   *   `stream_exhausted`.
   */
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

  /** Resolves when nothing is waiting or in flight. */
  async drained(): Promise<void> {
    if (this.#waitingEvents === 0) return;
    this.#idle ??= Promise.withResolvers();
    await this.#idle.promise;
  }

  #openGroup(): Group {
    const last = this.#waiting.at(-1);
    if (last !== undefined && last.events < FLUSH_ENTRIES_MAX) return last;
    const group = { values: [], events: 0, done: Promise.withResolvers<string>() };
    this.#waiting.push(group);
    return group;
  }

  /** Requests read from the sockets in this turn of the loop join the flush. */
  #schedule(): void {
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#setOut();
    });
  }

  get #maySetOut(): boolean {
    const [next] = this.#waiting;
    const last = this.#inFlight.at(-1);
    if (next === undefined) return false;
    if (last === undefined) return true;
    return this.#inFlight.length < FLUSHES_IN_FLIGHT_MAX && next.events >= last.events;
  }

  #setOut(): void {
    while (this.#maySetOut) {
      const group = this.#waiting.shift();
      if (group !== undefined) void this.#flush(group);
    }
  }

  async #flush(group: Group): Promise<void> {
    this.#inFlight.push(group);
    const sentAtMs = performance.now();
    try {
      const lastEntryId = await appendBatch(this.#redis, {
        stream: this.#options.stream,
        values: group.values,
        lengthMax: this.#mark,
        nowMs: this.#nowMs,
      });
      this.#isFull = lastEntryId === undefined;
      if (lastEntryId === undefined) throw this.#streamFull();
      this.#landed(group);
      group.done.resolve(lastEntryId);
      this.#options.flushes?.recovered();
      this.#options.onFlushed?.(group.events, sentAtMs);
    } catch (error) {
      this.#landed(group);
      this.#options.flushes?.failed(error);
      group.done.reject(error);
    }
  }

  /** Sends what waits before the answers go out, so that Redis works while they do. */
  #landed(group: Group): void {
    this.#inFlight.splice(this.#inFlight.indexOf(group), 1);
    this.#waitingEvents -= group.events;
    this.#setOut();
    if (this.#waitingEvents > 0) return;
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  get #nowMs(): number {
    return (this.#options.nowMs ?? Date.now)();
  }

  /** The length at which appends are refused now. */
  get #mark(): number {
    const { streamLengthMax } = this.#options;
    return this.#isFull ? lowWaterMark(streamLengthMax) : streamLengthMax;
  }

  #streamFull(): QueueFlowError {
    return new QueueFlowError(
      "stream_full",
      `The stream is full: events are taken again when it is below ${this.#mark} entries`,
    );
  }
}
