import type { GroupKey } from "./consumer-group.ts";
import type { RedisConnection } from "./redis/redis-connection.ts";
import { defineScript, FIELDS_OF, IS_LATER, runScript } from "./redis/script.ts";

/** Bounds how long one call blocks Redis. */
const TRIM_ENTRIES_MAX = 10_000;

/**
 * Atomic, so that no group appears or falls behind in between. Whole nodes first, which cost least. Trims nothing while the
 * engine's own group is missing: created again, it starts at the first entry.
 */
const TRIM_PROCESSED = defineScript(`
${FIELDS_OF}${IS_LATER}
local stream, retain, ownGroup, retainedFrom = KEYS[1], tonumber(ARGV[1]), ARGV[3], ARGV[4]
if redis.call('EXISTS', stream) == 0 then return 0 end
local hasExcess = redis.call('XLEN', stream) > retain
if not hasExcess and retainedFrom == '0-0' then return 0 end
local floor, hasOwnGroup
for _, flat in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
  local group = fieldsOf(flat)
  if group.name == ownGroup then hasOwnGroup = true end
  local needed = group['last-delivered-id']
  if group.pending > 0 then needed = redis.call('XPENDING', stream, group.name)[2] end
  if floor == nil or isLater(floor, needed) then floor = needed end
end
if not hasOwnGroup then return 0 end
if retain > 0 then
  if hasExcess then
    local newest = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', retain)
    local oldestOfNewest = newest[#newest][1]
    if isLater(oldestOfNewest, retainedFrom) then retainedFrom = oldestOfNewest end
  end
  if isLater(floor, retainedFrom) then floor = retainedFrom end
end
local trimmed = redis.call('XTRIM', stream, 'MINID', '~', floor, 'LIMIT', ARGV[2])
if trimmed == 0 then trimmed = redis.call('XTRIM', stream, 'MINID', '=', floor) end
return trimmed
`);

export interface Retained {
  /** Keeps the newest. */
  readonly entries: number;
  /** Keeps none received earlier, in milliseconds since 1970; 0 for no such limit. */
  readonly sinceMs: number;
}

/** Returns how many entries it removed; call it until none. */
export async function trimProcessed(
  redis: RedisConnection,
  { stream, group }: GroupKey,
  { entries, sinceMs }: Retained,
): Promise<number> {
  const args = [entries, TRIM_ENTRIES_MAX, group, `${sinceMs}-0`];
  const call = { doing: "trim the stream", keys: [stream], args };
  return Number(await runScript(redis, TRIM_PROCESSED, call));
}
