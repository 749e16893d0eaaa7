import { type RedisConnection, redisCall } from "./redis-connection.ts";

/**
 * Appends one entry with these fields, whatever they are, and answers its id once Redis has it as safely
 * as its `appendfsync` says.
 *
 * @throws QueueFlowError `stream_unavailable`: it is unknown whether the entry was appended.
 */
export async function appendEntry(
  redis: RedisConnection,
  stream: string,
  fields: Readonly<Record<string, string>>,
): Promise<string> {
  const append = redis.xadd(stream, "*", ...Object.entries(fields).flat());
  return String(await redisCall(redis, "append the entry", append));
}
