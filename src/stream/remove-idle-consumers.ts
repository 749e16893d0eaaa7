import { Type } from "@sinclair/typebox";
import type { GroupKey } from "./consumer-group.ts";
import type { RedisConnection } from "./redis/redis-connection.ts";
import { replySchema } from "./redis/reply-schema.ts";
import { defineScript, FIELDS_OF, runScript } from "./redis/script.ts";

const namesReply = replySchema(Type.Array(Type.String()));

/** DELCONSUMER drops pending entries, so the same atomic call checks that there are none. */
const REMOVE_IDLE_CONSUMERS = defineScript(`
${FIELDS_OF}
if redis.call('EXISTS', KEYS[1]) == 0 then return {} end
local removed = {}
for _, flat in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local consumer = fieldsOf(flat)
  if consumer.pending == 0 and consumer.idle > tonumber(ARGV[2]) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], consumer.name)
    table.insert(removed, consumer.name)
  end
end
return removed
`);

/** Returns the names of the removed consumers. */
export async function removeIdleConsumers(
  redis: RedisConnection,
  { stream, group }: GroupKey,
  idleMs: number,
): Promise<readonly string[]> {
  const call = { doing: "remove idle consumers", keys: [stream], args: [group, idleMs] };
  return namesReply(await runScript(redis, REMOVE_IDLE_CONSUMERS, call));
}
