import { Type } from "@sinclair/typebox";
import type { ConsumerKey } from "./consumer-group.ts";
import type { RedisConnection } from "./redis/redis-connection.ts";
import { replySchema } from "./redis/reply-schema.ts";
import { defineScript, FIELDS_OF, IS_LATER, runScript } from "./redis/script.ts";

/** About 4 ms of Redis's time. */
const ENTRIES_MAX = 1_000;

const claimReply = replySchema(Type.Tuple([Type.Array(Type.String()), Type.Array(Type.String())]));

/**
 * Claims only entries still pending for this consumer: XCLAIM alone would take them from another. Nothing counts as lost in a
 * group that was created again, nor does an entry that an older copy of Redis never delivered: this process may have the only
 * copy.
 */
const KEEP_CLAIM = defineScript(`#!lua flags=allow-oom
${FIELDS_OF}${IS_LATER}
local stream, group, consumer, firstId, lastId = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[#ARGV]

local isKnown = false
for _, flat in ipairs(redis.call('XINFO', 'CONSUMERS', stream, group)) do
  if fieldsOf(flat).name == consumer then isKnown = true end
end
if not isKnown then return {{}, {}} end

local isOwn = {}
for _, row in ipairs(redis.call('XPENDING', stream, group, firstId, lastId, 1000000, consumer)) do
  isOwn[row[1]] = true
end
local lastDelivered = '0-0'
for _, flat in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
  local fields = fieldsOf(flat)
  if fields.name == group then lastDelivered = fields['last-delivered-id'] end
end
local oldest = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1]
local function isForgotten(id)
  if #redis.call('XPENDING', stream, group, id, id, 1) > 0 then return false end
  if isLater(id, lastDelivered) then return true end
  return oldest and isLater(id, oldest[1]) and #redis.call('XRANGE', stream, id, id) == 0
end

local claim, lost, deleted = {stream, group, consumer, 0}, {}, {}
for i = 3, #ARGV do
  local id = ARGV[i]
  if isOwn[id] then table.insert(claim, id)
  elseif not isForgotten(id) then table.insert(lost, id) end
end
if #claim == 4 then return {lost, deleted} end
table.insert(claim, 'JUSTID')
for _, id in ipairs(redis.call('XCLAIM', unpack(claim))) do isOwn[id] = nil end
for i = 3, #ARGV do
  if isOwn[ARGV[i]] then table.insert(deleted, ARGV[i]) end
end
return {lost, deleted}
`);

export interface KeptClaim {
  /** Acknowledged by another consumer, or pending for another. */
  readonly lost: readonly string[];
  /** Deleted from the stream while pending for this consumer. */
  readonly deleted: readonly string[];
}

/**
 * Resets the idle time of this consumer's pending entries, so that no other claims them. `entryIds` are in stream order.
 *
 * @throws QueueFlowError `stream_unavailable`, also when the group is missing.
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
    const call = { doing: "keep the claim on the batch", keys: [stream], args };
    const reply = claimReply(await runScript(redis, KEEP_CLAIM, call));
    lost.push(...reply[0]);
    deleted.push(...reply[1]);
  }
  return { lost, deleted };
}
