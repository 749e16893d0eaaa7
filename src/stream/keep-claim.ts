import { Type } from "@sinclair/typebox";
import type { ConsumerKey } from "./consumer-group.ts";
import { type RedisConnection, redisCall } from "./redis/redis-connection.ts";
import { replyOf } from "./redis/reply.ts";
import { defineScript, runScript } from "./redis/script.ts";

/** Entries per call, about 4 ms of Redis's time. In larger calls an entry takes up to three times as long. */
const ENTRIES_MAX = 1_000;

const claimReply = replyOf(Type.Tuple([Type.Array(Type.String()), Type.Array(Type.String())]));

/**
 * XCLAIM alone would take entries back from a consumer that has claimed them, so only entries that are still pending
 * for this consumer are claimed. XCLAIM drops entries that were deleted from the stream. A group that was created
 * again does not know the consumer; whether anybody finished the entries is then unknown, and none is reported as lost.
 *
 * An entry that is pending for nobody was acknowledged by another consumer, or Redis was replaced by an older copy that does not
 * know of its delivery: its id is then later than the last one delivered or, once newer entries are, stands in the stream no more
 * although older ones do. Such an entry may be in this process only, and is not lost.
 */
const KEEP_CLAIM = defineScript(`#!lua flags=allow-oom
local group, consumer = ARGV[1], ARGV[2]
local isKnown = false
for _, flat in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], group)) do
  for i = 1, #flat, 2 do
    if flat[i] == 'name' and flat[i + 1] == consumer then isKnown = true end
  end
end
if not isKnown then return {{}, {}} end
local isOwn = {}
for _, row in ipairs(redis.call('XPENDING', KEYS[1], group, ARGV[3], ARGV[#ARGV], 1000000, consumer)) do
  isOwn[row[1]] = true
end
local function isBefore(a, b)
  if #a ~= #b then return #a < #b end
  return a < b
end
local function isLater(a, b)
  local aMs, aSeq = string.match(a, '^(%d+)-(%d+)$')
  local bMs, bSeq = string.match(b, '^(%d+)-(%d+)$')
  return isBefore(bMs, aMs) or (aMs == bMs and isBefore(bSeq, aSeq))
end
local delivered = '0-0'
for _, flat in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local fields = {}
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  if fields.name == group then delivered = fields['last-delivered-id'] end
end
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
local function isForgotten(id)
  if #redis.call('XPENDING', KEYS[1], group, id, id, 1) > 0 then return false end
  if isLater(id, delivered) then return true end
  return first and isLater(id, first[1]) and #redis.call('XRANGE', KEYS[1], id, id) == 0
end
local claim, lost, deleted = {KEYS[1], group, consumer, 0}, {}, {}
for i = 3, #ARGV do
  if isOwn[ARGV[i]] then table.insert(claim, ARGV[i])
  elseif not isForgotten(ARGV[i]) then table.insert(lost, ARGV[i]) end
end
if #claim == 4 then return {lost, deleted} end
table.insert(claim, 'JUSTID')
for _, id in ipairs(redis.call('XCLAIM', unpack(claim))) do isOwn[id] = nil end
for i = 3, #ARGV do
  if isOwn[ARGV[i]] then table.insert(deleted, ARGV[i]) end
end
return {lost, deleted}
`);

/** What became of the entries that a consumer claims; the others are still its own. */
export interface KeptClaim {
  /** Acknowledged by another consumer, or pending for another. */
  readonly lost: readonly string[];
  /** Deleted from the stream while pending for this consumer. They are pending for nobody now. */
  readonly deleted: readonly string[];
}

/**
 * Resets the idle time of the entries that are still pending for this consumer, so that the reclaimer leaves them
 * alone; their delivery counts stay. Takes nothing from other consumers. `entryIds` are in the order of the stream.
 *
 * @throws QueueFlowError `stream_unavailable`, also when the group is gone.
 */
export async function keepClaim(
  redis: RedisConnection,
  { stream, group, consumer }: ConsumerKey,
  entryIds: readonly string[],
): Promise<KeptClaim> {
  const lost: string[] = [];
  const deleted: string[] = [];
  for (let from = 0; from < entryIds.length; from += ENTRIES_MAX) {
    const args = [group, consumer, ...entryIds.slice(from, from + ENTRIES_MAX)];
    const script = runScript(redis, KEEP_CLAIM, { key: stream, args });
    const reply = claimReply(await redisCall(redis, "keep the claim on the batch", script));
    lost.push(...reply[0]);
    deleted.push(...reply[1]);
  }
  return { lost, deleted };
}
