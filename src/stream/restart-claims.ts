import type { GroupKey } from "./consumer-group.ts";
import type { PendingEntry } from "./inspect/pending-entries.ts";
import type { RedisConnection } from "./redis/redis-connection.ts";
import { defineScript, runScript } from "./redis/script.ts";

/**
 * Redis counts the idle time from the delivery, by its clock, and reports 0 until the clock has reached that time. An entry that is
 * another consumer's by now, or whose idle time grows, is left alone.
 */
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

/** Restarts the idle time of pending entries. Returns how many it restarted. */
export async function restartClaims(
  redis: RedisConnection,
  { stream, group }: GroupKey,
  entries: readonly Pick<PendingEntry, "id" | "consumer">[],
): Promise<number> {
  const args = [group, ...entries.flatMap(({ id, consumer }) => [id, consumer])];
  const doing = "restart claims";
  return Number(await runScript(redis, RESTART_CLAIMS, { doing, keys: [stream], args }));
}
