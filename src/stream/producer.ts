import { QueueFlowError } from "../errors.ts";
import { ENTRY_FIELDS, pushEntryValues } from "../event/entry-codec.ts";
import type { AnalyticsEvent } from "../event/event.ts";
import type { FailureListener } from "../failure-listener.ts";
import { appendedId } from "./append-entry.ts";
import { type RedisConnection, redisCall } from "./redis-connection.ts";
import { defineScript, runScript } from "./script.ts";
import { LAST_ENTRY_ID } from "./stream-entry.ts";
import { lowWaterMark } from "./stream-marks.ts";

/** One script call appends at most this many entries, so that Redis is never busy with one for long. */
const FLUSH_ENTRIES_MAX = 512;

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
 * Appends events to the stream by group commit: one flush is in flight, what arrives meanwhile goes
 * with the next, and all events of a flush share one promise. It knows no queue beyond
 * `waitingEventsMax` events.
 */
export class Producer {
  readonly #redis: RedisConnection;
  readonly #options: ProducerOptions;
  readonly #groups: Group[] = [];
  #waitingEvents = 0;
  /** Whether the stream was at the high-water mark, and has not been seen below the low one since. */
  #isFull = false;
  #flushing: Promise<void> | undefined;

  constructor(redis: RedisConnection, options: ProducerOptions) {
    this.#redis = redis;
    this.#options = options;
  }

  /**
   * Resolves, with the id of the last entry of its flush, once Redis has the event as safely as its
   * `appendfsync` says.
   *
   * @throws QueueFlowError `stream_unavailable`, and `stream_full` when Redis is out of memory: the
   *   outcome is unknown, send the event again under the same id; `stream_full` at a mark and
   *   `ingest_overloaded`: it was not appended.
   */
  append(event: AnalyticsEvent): Promise<string> {
    if (this.#waitingEvents >= this.#options.waitingEventsMax) {
      return Promise.reject(
        new QueueFlowError("ingest_overloaded", "Too many events already wait for Redis"),
      );
    }
    const group = this.#openGroup();
    pushEntryValues(event, group.values);
    group.events += 1;
    this.#waitingEvents += 1;
    this.#flushing ??= this.#flushAll();
    return group.done.promise;
  }

  /**
   * Resolves when an append would go through now.
   *
   * @throws QueueFlowError `stream_full` above the mark in force and when Redis is out of memory;
   *   `stream_unavailable` when it is away, loading, read-only or cannot write its disk.
   */
  async checkAppend(): Promise<void> {
    const check = runScript(this.#redis, CHECK_APPEND, { key: this.#options.stream, args: [] });
    const length = Number(await redisCall(this.#redis, "take events", check));
    this.#isFull = length >= this.#mark;
    if (this.#isFull) throw this.#streamFull();
  }

  /** Resolves when nothing is waiting or in flight. */
  async drained(): Promise<void> {
    await this.#flushing;
  }

  #openGroup(): Group {
    const last = this.#groups.at(-1);
    if (last !== undefined && last.events < FLUSH_ENTRIES_MAX) return last;
    const group = { values: [], events: 0, done: Promise.withResolvers<string>() };
    this.#groups.push(group);
    return group;
  }

  async #flushAll(): Promise<void> {
    // Requests read from the sockets in this turn of the loop join the first flush.
    await new Promise(setImmediate);
    for (let group = this.#groups.shift(); group !== undefined; group = this.#groups.shift()) {
      await this.#flush(group);
      this.#waitingEvents -= group.events;
    }
    this.#flushing = undefined;
  }

  async #flush({ values, events, done }: Group): Promise<void> {
    const sentAtMs = performance.now();
    try {
      const append = runScript(this.#redis, APPEND_BATCH, {
        key: this.#options.stream,
        args: [this.#mark, JSON.stringify(values)],
      });
      const reply = await redisCall(this.#redis, "append the event", append);
      this.#isFull = reply === "";
      if (this.#isFull) throw this.#streamFull();
      done.resolve(appendedId(this.#redis, reply));
      this.#options.flushes?.recovered();
      this.#options.onFlushed?.(events, sentAtMs);
    } catch (error) {
      this.#options.flushes?.failed(error);
      done.reject(error);
    }
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
