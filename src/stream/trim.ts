import type { GroupKey } from "./consumer-group.ts";
import { type RedisConnection, redisCall } from "./redis/redis-connection.ts";
import { defineScript, runScript } from "./redis/script.ts";

/** One call removes about as many entries at most, so that it holds Redis for milliseconds. */
const TRIM_ENTRIES_MAX = 10_000;

/**
 * Finds the oldest id that must stay and trims below it, in one atomic call, so that no group can
 * appear or fall behind in between. For each group on the stream that is its oldest pending entry, or the last
 * one delivered; for inspection it is the oldest of the newest `ARGV[1]` entries, from the id `ARGV[4]` on. Ids are compared as digits, since
 * Lua's numbers end at 2^53. Whole nodes of the stream go first, as they cost least; when none is left, the
 * rest, less than a node. Nothing is trimmed while the engine's own group is gone: made again it starts at
 * the first entry, and what it had not processed must still be there, however far other groups are.
 */
const TRIM_PROCESSED = defineScript(`
local function less(a, b)
  if #a ~= #b then return #a < #b end
  return a < b
end
local function older(a, b)
  local aMs, aSeq = string.match(a, '^(%d+)-(%d+)$')
  local bMs, bSeq = string.match(b, '^(%d+)-(%d+)$')
  return less(aMs, bMs) or (aMs == bMs and less(aSeq, bSeq))
end
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local groups = redis.call('XINFO', 'GROUPS', KEYS[1])
local retain = tonumber(ARGV[1])
local hasExcess = redis.call('XLEN', KEYS[1]) > retain
if not hasExcess and ARGV[4] == '0-0' then return 0 end
local floor, ownIsThere
for _, flat in ipairs(groups) do
  local group = {}
  for i = 1, #flat, 2 do group[flat[i]] = flat[i + 1] end
  if group.name == ARGV[3] then ownIsThere = true end
  local needed = group['last-delivered-id']
  if group.pending > 0 then needed = redis.call('XPENDING', KEYS[1], group.name)[2] end
  if floor == nil or older(needed, floor) then floor = needed end
end
if not ownIsThere then return 0 end
if retain > 0 then
  local oldestRetained = ARGV[4]
  if hasExcess then
    local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', retain)
    if older(oldestRetained, newest[#newest][1]) then oldestRetained = newest[#newest][1] end
  end
  if older(oldestRetained, floor) then floor = oldestRetained end
end
local trimmed = redis.call('XTRIM', KEYS[1], 'MINID', '~', floor, 'LIMIT', ARGV[2])
if trimmed == 0 then trimmed = redis.call('XTRIM', KEYS[1], 'MINID', '=', floor) end
return trimmed
`);

/** Which processed entries stay in the stream. */
export interface Retained {
  /** The newest of them, this many at most. */
  readonly entries: number;
  /** None that was received earlier, in milliseconds since 1970; 0 is no such limit. */
  readonly sinceMs: number;
}

/**
 * Removes some entries that every group on the stream has processed, except the retained ones. Returns how many it removed:
 * call it again until that is 0. A stream without this group is left alone.
 */
export async function trimProcessed(
  redis: RedisConnection,
  { stream, group }: GroupKey,
  { entries, sinceMs }: Retained,
): Promise<number> {
  const script = runScript(redis, TRIM_PROCESSED, {
    key: stream,
    args: [entries, TRIM_ENTRIES_MAX, group, `${sinceMs}-0`],
  });
  return Number(await redisCall(redis, "trim the stream", script));
}
