import { Type } from "@sinclair/typebox";
import type { GroupKey } from "./consumer-group.ts";
import { type RedisConnection, redisCall } from "./redis/redis-connection.ts";
import { replyOf } from "./redis/reply.ts";
import { defineScript, runScript } from "./redis/script.ts";

const namesReply = replyOf(Type.Array(Type.String()));

/**
 * XGROUP DELCONSUMER drops a consumer's pending entries for good, so emptiness is checked in the
 * same atomic call.
 */
const REMOVE_DEAD_CONSUMERS = defineScript(`
if redis.call('EXISTS', KEYS[1]) == 0 then return {} end
local removed = {}
for _, flat in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local consumer = {}
  for i = 1, #flat, 2 do consumer[flat[i]] = flat[i + 1] end
  if consumer.pending == 0 and consumer.idle > tonumber(ARGV[2]) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], consumer.name)
    table.insert(removed, consumer.name)
  end
end
return removed
`);

/** Removes consumers with nothing pending that were idle for longer than `idleMs`; answers their names. */
export async function removeDeadConsumers(
  redis: RedisConnection,
  { stream, group }: GroupKey,
  idleMs: number,
): Promise<readonly string[]> {
  const script = runScript(redis, REMOVE_DEAD_CONSUMERS, { key: stream, args: [group, idleMs] });
  return namesReply(await redisCall(redis, "remove dead consumers", script));
}
