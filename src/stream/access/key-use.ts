import { Type } from "@sinclair/typebox";
import { keyBeside } from "../key-beside.ts";
import { redisCall } from "../redis/redis-call.ts";
import type { RedisConnection } from "../redis/redis-connection.ts";
import { replySchema } from "../redis/reply-schema.ts";
import { defineScript, runScript } from "../redis/script.ts";

const hoursReply = replySchema(Type.Record(Type.String(), Type.String()));

/** An hour that was noted meanwhile stays. */
const REMOVE = defineScript(`
for i = 1, #ARGV, 2 do
  if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] then redis.call('HDEL', KEYS[1], ARGV[i]) end
end
`);

function useKey(stream: string): string {
  return keyBeside(stream, "access:used");
}

/** `hours` are the ISO strings of full hours by key id. */
export async function noteUse(
  redis: RedisConnection,
  stream: string,
  hours: ReadonlyMap<string, string>,
): Promise<void> {
  if (hours.size === 0) return;
  await redisCall(redis, "note the use of keys", redis.hset(useKey(stream), new Map(hours)));
}

/** Removes the notes once `store` resolves. */
export async function moveNotedUse(
  redis: RedisConnection,
  stream: string,
  store: (hours: ReadonlyMap<string, string>) => Promise<void>,
): Promise<void> {
  const reading = redis.hgetall(useKey(stream));
  const noted = Object.entries(hoursReply(await redisCall(redis, "read the use of keys", reading)));
  if (noted.length === 0) return;
  await store(new Map(noted));
  const call = {
    doing: "remove the noted use of keys",
    keys: [useKey(stream)],
    args: noted.flat(),
  };
  await runScript(redis, REMOVE, call);
}
