import { QueueFlowError } from "../errors.ts";
import { describeValue } from "../event/describe-value.ts";
import { redisCall } from "./redis/redis-call.ts";
import type { RedisConnection } from "./redis/redis-connection.ts";

const ENTRY_ID = /^\d+-\d+$/;

/**
 * Appends one entry with arbitrary fields. Returns its id once Redis has it as safely as its `appendfsync` says.
 *
 * @throws QueueFlowError `stream_unavailable`: the entry may have been appended.
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
 * Checks that the reply to an append is an entry id. Any other reply means that the server is not Redis or that replies are out of
 * step: closes the connection.
 *
 * @throws QueueFlowError `stream_unavailable`.
 */
export function appendedId(redis: Pick<RedisConnection, "disconnect">, reply: unknown): string {
  if (typeof reply === "string" && ENTRY_ID.test(reply)) return reply;
  redis.disconnect(true);
  const sentence = `Redis could not append: expected an entry id in reply, got ${describeValue(reply)}`;
  throw new QueueFlowError("stream_unavailable", sentence);
}
