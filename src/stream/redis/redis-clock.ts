import { Stopwatch } from "../../async/stopwatch.ts";
import { readClock } from "./read-server.ts";
import type { RedisConnection } from "./redis-connection.ts";

/**
 * Lua that sets `nowMs` to the clock of Redis in milliseconds since 1970, as text; false where the user may not call TIME.
 */
export const REDIS_NOW_MS = `
local time = redis.pcall('TIME')
local nowMs = time.err == nil and time[1] .. string.format('%03d', math.floor(time[2] / 1000))
`;

/**
 * Redis is asked at most this often, in milliseconds; in between, the monotonic clock carries its answer on. That stands still while
 * the machine is suspended, so it is asked again as soon as either clock shows that the time has passed.
 */
const ASK_INTERVAL_MS = 1_000;

/**
 * The clock of Redis, which stamps the ids of entries: what is compared with an id must be read from it, since the clock
 * of this machine may be wrong.
 */
export class RedisClock {
  readonly #redis: RedisConnection;
  /** What Redis said last, and the monotonic time just before it was asked. */
  #reading: { readonly redisMs: number; readonly atMs: number } | undefined;
  #sinceAsked: Stopwatch | undefined;
  #asking: Promise<void> | undefined;

  constructor(redis: RedisConnection) {
    this.#redis = redis;
  }

  /** In milliseconds since 1970, at most a round trip ahead and never behind; undefined when Redis has never told it. */
  get nowMs(): number | undefined {
    if (this.#reading === undefined) return undefined;
    return Math.ceil(this.#reading.redisMs + performance.now() - this.#reading.atMs);
  }

  /** Asks Redis, at most once a second, and returns `nowMs`. Never rejects. */
  async read(): Promise<number | undefined> {
    const isDue = (this.#sinceAsked?.elapsedMs ?? ASK_INTERVAL_MS) >= ASK_INTERVAL_MS;
    if (isDue) this.#asking ??= this.#ask();
    await this.#asking;
    return this.nowMs;
  }

  async #ask(): Promise<void> {
    const atMs = performance.now();
    this.#sinceAsked = new Stopwatch();
    const redisMs = await readClock(this.#redis);
    if (redisMs !== undefined) this.#reading = { redisMs, atMs };
    this.#asking = undefined;
  }
}
