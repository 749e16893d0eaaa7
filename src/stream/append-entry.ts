import { appendedId } from "./append-batch.ts";
import { redisCall } from "./redis/redis-call.ts";
import type { RedisConnection } from "./redis/redis-connection.ts";

/** @throws QueueFlowError `stream_unavailable`: the entry may have been appended. */
export async function appendEntry(
  redis: RedisConnection,
  stream: string,
  fields: Readonly<Record<string, string>>,
): Promise<string> {
  const append = redis.xadd(stream, "*", ...Object.entries(fields).flat());
  return appendedId(redis, await redisCall(redis, "append the entry", append));
}
