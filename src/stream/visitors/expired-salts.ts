import { HOUR_MS } from "../../event/day.ts";
import { REDIS_NOW_MS } from "../redis/redis-clock.ts";
import type { RedisConnection } from "../redis/redis-connection.ts";
import { defineScript, runScript } from "../redis/script.ts";
import { saltsKey } from "./salt-keys.ts";

/** A rewrite copies all data, and zones expire at different hours. */
const CLAIMED_MS = HOUR_MS;
/** Stays among the keys of salts until a rewrite that began after their expiry has succeeded. */
const OWED = "rewrite";

/** The lock passes on after a crash, and keeps rewrites apart. DEL: Redis may not have noticed the expiry, and would copy the salt. */
const CLAIM = defineScript(`#!lua flags=allow-oom
${REDIS_NOW_MS}
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', nowMs or ARGV[1])
if #due == 0 or not redis.call('SET', KEYS[2], '1', 'NX', 'PX', ${CLAIMED_MS}) then return 0 end
for _, key in ipairs(due) do
  if key ~= '${OWED}' then redis.call('DEL', key) end
  redis.call('ZREM', KEYS[1], key)
end
redis.call('ZADD', KEYS[1], 0, '${OWED}')
return 1
`);

/** Returns whether a salt has expired, so that the caller is to rewrite the append-only file. True at most once an hour. */
export async function claimExpiredSalts(redis: RedisConnection, stream: string): Promise<boolean> {
  const keys = [saltsKey(stream), `${saltsKey(stream)}:claim`];
  const call = { doing: "find expired salts", keys, args: [Date.now()] };
  return (await runScript(redis, CLAIM, call)) === 1;
}

/** Call it once the file is rewritten. */
export async function settleExpiredSalts(redis: RedisConnection, stream: string): Promise<void> {
  await redis.zrem(saltsKey(stream), OWED);
}
