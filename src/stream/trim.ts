import type { GroupKey } from "./consumer-group.ts";
import { type RedisConnection, redisCall } from "./redis-connection.ts";
import { defineScript, runScript } from "./script.ts";

/** One call removes about as many entries at most, so that it holds Redis for milliseconds. */
const TRIM_ENTRIES_MAX = 10_000;

/**
 * Finds the oldest id that must stay and trims below it, in one atomic call, so that no group can
 * appear or fall behind in between. For each group on the stream that is its oldest pending entry, or the last
 * one delivered; for inspection it is the oldest of the newest `ARGV[1]` entries. Nothing goes while the group
 * `ARGV[3]` is gone: made again, it needs what it had not processed, and nobody knows where that begins. Ids are
 * compared as digits, since Lua's numbers end at 2^53. Whole nodes of the stream go first, as they cost least;
 * when none is left, the rest, less than a node.
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
if #groups == 0 then return 0 end
local retain = tonumber(ARGV[1])
if redis.call('XLEN', KEYS[1]) <= retain then return 0 end
local floor
local isThere = false
for _, flat in ipairs(groups) do
  local group = {}
  for i = 1, #flat, 2 do group[flat[i]] = flat[i + 1] end
  if group.name == ARGV[3] then isThere = true end
  local needed = group['last-delivered-id']
  if group.pending > 0 then needed = redis.call('XPENDING', KEYS[1], group.name)[2] end
  if floor == nil or older(needed, floor) then floor = needed end
end
if not isThere then return 0 end
if retain > 0 then
  local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', retain)
  local oldestRetained = newest[#newest][1]
  if older(oldestRetained, floor) then floor = oldestRetained end
end
local trimmed = redis.call('XTRIM', KEYS[1], 'MINID', '~', floor, 'LIMIT', ARGV[2])
if trimmed == 0 then trimmed = redis.call('XTRIM', KEYS[1], 'MINID', '=', floor) end
return trimmed
`);

/**
 * Removes some entries that every group on the stream has processed, keeping the newest
 * `streamRetainEntries`, and answers how many went: to be called again until it is 0. A stream without
 * this group is left alone: it will be made again, and starts at the first entry.
 */
export async function trimProcessed(
  redis: RedisConnection,
  { stream, group }: GroupKey,
  streamRetainEntries: number,
): Promise<number> {
  const script = runScript(redis, TRIM_PROCESSED, {
    key: stream,
    args: [streamRetainEntries, TRIM_ENTRIES_MAX, group],
  });
  return Number(await redisCall(redis, "trim the stream", script));
}
