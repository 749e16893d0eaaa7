import { appendedId } from "./append-batch.ts";
import { onReplicas } from "./redis/on-replicas.ts";
import { redisCall } from "./redis/redis-call.ts";
import type { RedisConnection } from "./redis/redis-connection.ts";

export interface AppendEntry {
  readonly stream: string;
  readonly fields: Readonly<Record<string, string>>;
  /** That must have the entry; 0 by default. */
  readonly replicasMin?: number | undefined;
}

/** @throws QueueFlowError `stream_unavailable`: the entry may have been appended. */
export async function appendEntry(
  redis: RedisConnection,
  { stream, fields, replicasMin = 0 }: AppendEntry,
): Promise<string> {
  const append = redis.xadd(stream, "*", ...Object.entries(fields).flat());
  const confirmed = replicasMin === 0 ? append : onReplicas(redis, append, replicasMin);
  return appendedId(redis, await redisCall(redis, "append the entry", confirmed));
}
