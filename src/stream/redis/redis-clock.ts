import { Type } from "@sinclair/typebox";
import { Stopwatch } from "../../async/stopwatch.ts";
import type { RedisConnection } from "./redis-connection.ts";
import { replySchema } from "./reply-schema.ts";

const timeReply = replySchema(Type.Array(Type.Union([Type.String(), Type.Number()])));

/** Lua: sets `nowMs` to milliseconds since 1970, as text; false when the user may not call TIME. */
export const REDIS_NOW_MS = `
local time = redis.pcall('TIME')
local nowMs = time.err == nil and time[1] .. string.format('%03d', math.floor(time[2] / 1000))
`;

const ASK_INTERVAL_MS = 1_000;

/** Returns milliseconds since 1970. Never rejects. */
export async function readClock(redis: RedisConnection): Promise<number | undefined> {
  try {
    const [seconds, microseconds] = timeReply(await redis.time());
    return Number(seconds) * 1_000 + Number(microseconds) / 1_000;
  } catch {
    return undefined;
  }
}

/** Compare entry ids with this clock only: the clock of this machine may be wrong. */
export class RedisClock {
  readonly #redis: RedisConnection;
  /** `atMs` is the monotonic time just before the call. */
  #reading: { readonly redisMs: number; readonly atMs: number } | undefined;
  #sinceAsked: Stopwatch | undefined;
  #asking: Promise<void> | undefined;

  constructor(redis: RedisConnection) {
    this.#redis = redis;
  }

  /** Milliseconds since 1970, at most a round trip ahead, never behind; undefined until the first reply. */
  get nowMs(): number | undefined {
    if (this.#reading === undefined) return undefined;
    return Math.ceil(this.#reading.redisMs + performance.now() - this.#reading.atMs);
  }

  /** Asks Redis at most once a second. Never rejects. */
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
