import { QueueFlowError } from "../errors.ts";
import { ENTRY_FIELDS, pushEntryValues } from "../event/entry-codec.ts";
import type { AnalyticsEvent } from "../event/event.ts";
import type { FailureListener } from "../failure-listener.ts";
import { appendedId } from "./append-entry.ts";
import type { EventConnection } from "./event-connection.ts";
import type { EvictionGuard } from "./eviction-guard.ts";
import { redisCall } from "./redis-connection.ts";
import { defineScript } from "./script.ts";
import { LAST_ENTRY_ID } from "./stream-entry.ts";
import { lowWaterMark } from "./stream-marks.ts";

/** One script call appends at most this many entries, so that Redis is never busy with one for long. */
const FLUSH_ENTRIES_MAX = 512;

/** With two flushes in flight, Redis has the next one before the reply to the first is read. */
const FLUSHES_IN_FLIGHT_MAX = 2;

/**
 * Appends a whole batch in one atomic call, or none of it when the stream is at the mark in force.
 * Answers the id of the last entry, or an empty string when the stream is full. The batch comes as one
 * argument, the JSON list of all values: that costs the client half of what an argument a string does,
 * and Redis a tenth more.
 */
const APPEND_BATCH = defineScript(`
if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[1]) then return '' end
local values = cjson.decode(ARGV[2])
local id
for i = 1, #values, ${ENTRY_FIELDS.length} do
  id = redis.call('XADD', KEYS[1], '*', ${ENTRY_FIELDS.map((name, i) => `'${name}', values[i + ${i}]`).join(", ")})
end
return id
`);

/**
 * Answers the stream's length, and fails wherever an append would: without flags behind its `#!lua`,
 * Redis refuses a script that it could not let write, for lack of memory too (manual, "Redis Lua scripts:
 * script flags"), and nothing has to be written to find out. After an entry of another program with the
 * last id that there is, Redis takes no other.
 */
const CHECK_APPEND = defineScript(`#!lua
local length = redis.call('XLEN', KEYS[1])
if redis.call('EXISTS', KEYS[1]) == 0 then return length end
local stream = redis.call('XINFO', 'STREAM', KEYS[1])
for i = 1, #stream, 2 do
  if stream[i] == 'last-generated-id' and stream[i + 1] == '${LAST_ENTRY_ID}' then
    return redis.error_reply('ERR The stream has had the last id that there is')
  end
end
return length
`);

/** Where a producer appends, and its bounds. */
export interface ProducerOptions {
  readonly stream: string;
  /** Nothing is appended while it refuses. */
  readonly guard?: EvictionGuard;
  readonly flushes?: FailureListener;
  /** Told of each group that Redis has taken, and when it was sent, by `performance.now()`. */
  readonly onFlushed?: (events: number, sentAtMs: number) => void;
  /**
   * The stream's high-water mark, in entries: at it, appends fail with `stream_full` until the stream is
   * below its low-water mark.
   */
  readonly streamLengthMax: number;
  /** How many events may wait here for Redis: beyond, appends fail with `ingest_overloaded`. */
  readonly waitingEventsMax: number;
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
   * @throws QueueFlowError `stream_unavailable`, and `stream_full` when Redis is out of memory: the
   *   outcome is unknown, send the event again under the same id; `stream_full` at a mark and
   *   `ingest_overloaded`, and `redis_evicts`: it was not appended.
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
   *   `stream_unavailable` when it is away, loading, read-only or cannot write its disk; `redis_evicts`.
   */
  async checkAppend(): Promise<void> {
    const { stream, guard } = this.#options;
    const check = this.#redis.run(CHECK_APPEND, { key: stream, args: [] });
    const [length] = await Promise.all([
      redisCall(this.#redis, "take events", check),
      guard?.check(),
    ]);
    if (guard?.refusal !== undefined) throw guard.refusal;
    this.#isFull = Number(length) >= this.#mark;
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
      const append = this.#redis.run(APPEND_BATCH, {
        key: this.#options.stream,
        args: [this.#mark, JSON.stringify(group.values)],
      });
      const reply = await redisCall(this.#redis, "append the event", append);
      this.#isFull = reply === "";
      if (this.#isFull) throw this.#streamFull();
      const lastEntryId = appendedId(this.#redis, reply);
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
