import { QueueFlowError } from "../errors.ts";
import { describeValue } from "../event/describe-value.ts";
import { type RedisConnection, redisCall } from "./redis/redis-connection.ts";

const ENTRY_ID = /^\d+-\d+$/;

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
  return appendedId(redis, await redisCall(redis, "append the entry", append));
}

/**
 * A reply as the id of the entry that was appended. Anything else comes from what stands in Redis's place, or
 * belongs to another command: the connection is cut, and nothing counts as appended.
 *
 * @throws QueueFlowError `stream_unavailable`.
 */
export function appendedId(redis: Pick<RedisConnection, "disconnect">, reply: unknown): string {
  if (typeof reply === "string" && ENTRY_ID.test(reply)) return reply;
  redis.disconnect(true);
  const sentence = `Redis could not append: expected it to answer the id of an entry, got ${describeValue(reply)}`;
  throw new QueueFlowError("stream_unavailable", sentence);
}
