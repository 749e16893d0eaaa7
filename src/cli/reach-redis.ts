import type { Log, LogFields } from "../log.ts";
import { openRedisConnection, type RedisConnection } from "../stream/redis-connection.ts";

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
