import { QueueFlowError } from "../errors.ts";
import type { Log, LogFields } from "../log.ts";
import {
  closeRedisConnection,
  openRedisConnection,
  type RedisConnection,
  waitUntilReady,
} from "../stream/redis-connection.ts";

/** How long a command that needs Redis waits for it, in milliseconds. */
const READY_MS_MAX = 2_000;

/** A connection that a command opens to see whether there is a Redis. */
export interface ReachedRedis {
  readonly redis: RedisConnection;
  /** Why it cannot be used, as it was last said. */
  readonly why: () => string;
}

/** Opens a connection that says nothing by itself, and keeps the reason why it fails. */
export function reachRedis(url: string): ReachedRedis {
  let why = "it does not answer";
  const note = ({ error }: LogFields) => {
    if (typeof error === "string") why = error;
  };
  const log: Log = { debug: note, info: note, warn: note, error: note };
  return { redis: openRedisConnection({ url, log, blockMs: 0 }), why: () => why };
}
/**
 * Opens a connection for a command that can do nothing without it.
 *
 * @throws QueueFlowError `stream_unavailable` with the reason why Redis cannot be used.
 */
export async function connectRedis(url: string): Promise<RedisConnection> {
  const { redis, why } = reachRedis(url);
  await waitUntilReady(redis, READY_MS_MAX);
  if (redis.status === "ready") return redis;
  await closeRedisConnection(redis);
  const sentence = `Redis at ${new URL(url).host} cannot be reached: ${why()}`;
  throw new QueueFlowError("stream_unavailable", sentence);
}
