import { QueueFlowError } from "../errors.ts";
import type { Log, LogFields } from "../log/log.ts";
import {
  closeRedisConnection,
  openRedisConnection,
  type RedisConnection,
  waitUntilReady,
} from "../stream/redis/redis-connection.ts";
import { tlsMismatch } from "../stream/redis/tls-mismatch.ts";

/** How long a command that needs Redis waits for it, in milliseconds. */
const READY_MS_MAX = 2_000;

/** A connection that a command opens to see whether there is a Redis. */
export interface ReachedRedis {
  readonly redis: RedisConnection;
  /** Returns why it cannot be used, as far as is known by now. */
  readonly why: () => Promise<string>;
}

const NOWHERE: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Opens a connection that says nothing until it was ready once, then to `log`, and keeps the reason why it fails. */
export function reachRedis(url: string, log = NOWHERE): ReachedRedis {
  let why: string | undefined;
  let wasReady = false;
  const passOn = (level: keyof Log) => (fields: LogFields, sentence: string) => {
    if (typeof fields["error"] === "string") why = fields["error"];
    if (wasReady) log[level](fields, sentence);
  };
  const noting: Log = {
    debug: passOn("debug"),
    info: passOn("info"),
    warn: passOn("warn"),
    error: passOn("error"),
  };
  const redis = openRedisConnection({ url, log: noting, blockMs: 0 });
  redis.once("ready", () => {
    wasReady = true;
  });
  return { redis, why: async () => why ?? (await tlsMismatch(url)) ?? "it does not answer" };
}

/**
 * Opens a connection for a command that can do nothing without it; what becomes of it later is said to `log`.
 *
 * @throws QueueFlowError `stream_unavailable` with the reason why Redis cannot be used.
 */
export async function connectRedis(url: string, log = NOWHERE): Promise<RedisConnection> {
  const { redis, why } = reachRedis(url, log);
  await waitUntilReady(redis, READY_MS_MAX);
  if (redis.status === "ready") return redis;
  await closeRedisConnection(redis);
  const reason = await why();
  const sentence = `Redis at ${new URL(url).host} cannot be reached: ${reason}`;
  throw new QueueFlowError("stream_unavailable", sentence);
}
