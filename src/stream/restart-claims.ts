import type { GroupKey } from "./consumer-group.ts";
import type { PendingEntry } from "./inspect/pending-entries.ts";
import type { RedisConnection } from "./redis/redis-connection.ts";
import { defineScript, runScript } from "./redis/script.ts";

/** After its clock was set back, Redis reports an idle time of 0 until the clock reaches the time of delivery. */
const RESTART_CLAIMS = defineScript(`#!lua flags=allow-oom
local restarted = 0
for i = 2, #ARGV, 2 do
  local row = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[i], ARGV[i], 1)[1]
  if row and row[2] == ARGV[i + 1] and row[3] == 0 then
    redis.call('XCLAIM', KEYS[1], ARGV[1], row[2], 0, row[1], 'JUSTID')
    restarted = restarted + 1
  end
end
return restarted
`);

/** Returns how many claims it restarted. */
export async function restartClaims(
  redis: RedisConnection,
  { stream, group }: GroupKey,
  entries: readonly Pick<PendingEntry, "id" | "consumer">[],
): Promise<number> {
  const args = [group, ...entries.flatMap(({ id, consumer }) => [id, consumer])];
  const doing = "restart claims";
  return Number(await runScript(redis, RESTART_CLAIMS, { doing, keys: [stream], args }));
}
