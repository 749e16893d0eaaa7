import { Type } from "@sinclair/typebox";
import type { GroupKey } from "../consumer-group.ts";
import type { RedisConnection } from "../redis/redis-connection.ts";
import { replySchema } from "../redis/reply-schema.ts";
import { defineScript, FIELDS_OF, IS_LATER, runScript } from "../redis/script.ts";
import { parseState, type StreamChange, type StreamState, watchKey } from "./stream-state.ts";

/** 0.5 ms of Redis's time, and 80 ms in a thorough check. */
const COUNTED_MAX = 100;
const COUNTED_MAX_THOROUGH = 10_000;

/**
 * Compares the stream with the newer of the kept state and the caller's, and keeps the new one, so that one process sees each
 * change. Counting corrects `entries-read`, which Redis 7.0 neither persists nor replicates with a delivery, and entries count as
 * skipped only while the same Redis runs.
 */
const CHECK_STREAM = defineScript(`#!lua flags=allow-oom
${FIELDS_OF}${IS_LATER}
local stream, watch = KEYS[1], KEYS[2]
local ownGroup, mark, countedMax = ARGV[1], ARGV[2], tonumber(ARGV[3])
local function stateIn(text) return text and text ~= '' and cjson.decode(text) or nil end
local kept, known = stateIn(redis.call('HGET', watch, 'state')), stateIn(ARGV[4])

-- The stream now.
local time = redis.call('TIME')
local info = redis.pcall('INFO', 'server')
local now = {
  at = time[1] * 1000 + math.floor(time[2] / 1000),
  run = type(info) == 'string' and string.match(info, 'run_id:(%w+)') or '',
  added = 0, generated = '0-0', deleted = '0-0', delivered = '0-0', read = -1,
}
local length, first, hasGroup, expired = 0, nil, false, 0
if redis.call('EXISTS', stream) == 1 then
  expired = redis.call('PERSIST', stream)
  local facts = fieldsOf(redis.call('XINFO', 'STREAM', stream))
  length, first = facts.length, facts['first-entry'] and facts['first-entry'][1]
  now.added, now.generated = facts['entries-added'], facts['last-generated-id']
  now.deleted = facts['max-deleted-entry-id']
  for _, flat in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
    local group = fieldsOf(flat)
    if group.name == ownGroup then
      hasGroup, now.delivered, now.read = true, group['last-delivered-id'], group['entries-read'] or -1
    end
  end
end

-- The state before.
local function isNewer(a, b) return a.epoch > b.epoch or (a.epoch == b.epoch and a.added > b.added) end
local before, replaced = kept, false
if known and (not kept or isNewer(known, kept)) then before, replaced = known, kept ~= nil end
local appended = before and now.added - before.added
if before and not replaced then
  replaced = appended < 0 or (first and isLater(first, before.generated) and length > appended)
end
local same = before and not replaced
if same and not hasGroup then return false end
if same then now.epoch = before.epoch
else
  -- Greater than the one before, also when the clock was set back.
  local since = before and math.max(now.at, tonumber(string.sub(before.epoch, 1, 15)) + 1) or now.at
  now.epoch = string.format('%015d-%s', since, mark)
end
now.reached = same and isLater(before.reached, now.delivered) and before.reached or now.delivered

-- Undelivered entries, counted from the nearer end of the stream; nil when both are too far.
local function count(from, to)
  return #redis.call('XRANGE', stream, from, to, 'COUNT', countedMax + 1)
end
local function countUndelivered()
  if not first or not isLater(now.generated, now.delivered) then return 0 end
  if isLater(first, now.delivered) then return length end
  local ahead = count('(' .. now.delivered, '+')
  if ahead <= countedMax then return ahead end
  local behind = count('-', now.delivered)
  return behind <= countedMax and length - behind or nil
end
-- Only this check can tell how many XDEL took, and only by counting.
if same and now.deleted ~= before.deleted and isLater(now.deleted, now.delivered) then
  countedMax = math.max(countedMax, ${COUNTED_MAX_THOROUGH})
end
local counted = countUndelivered()
if isLater(now.reached, now.delivered) then
  -- Redis rejects a range that begins after the last possible id.
  now.unreached = isLater(now.generated, now.reached) and count('(' .. now.reached, '+') or 0
end

-- Whether entries-read was right at the check before, and has counted on since.
local trusted = same and before.trusted
  and now.run ~= '' and before.run == now.run and now.read >= before.read
  and now.read >= 0 and not isLater(before.delivered, now.delivered) or false
now.exact = counted ~= nil or (trusted and not isLater(now.deleted, now.delivered))
now.undelivered = counted or (now.exact and now.added - now.read) or countedMax + 1

-- Entries delivered since the check before: at most all that are not delivered, when nothing tells.
local moved = now.undelivered
if trusted then moved = now.read - before.read
elseif same and now.exact and before.exact then
  moved = math.max(0, before.undelivered + appended - now.undelivered)
elseif not before then moved = 0
end

-- Entries that the group skipped; entries-read is set right.
local skipped = 0
if counted and hasGroup then
  local read = now.added - now.undelivered
  if trusted then skipped = math.max(0, read - now.read) end
  -- A trim takes the oldest: it skipped none while a delivered one is left. XDEL takes any.
  if skipped > 0 and not isLater(now.deleted, before.delivered) then
    local gone = before.undelivered + appended - length
    if first and not isLater(first, before.delivered) then skipped = 0
    elseif before.exact then skipped = math.min(skipped, math.max(0, gone))
    end
  end
  if now.read ~= read then
    redis.call('XGROUP', 'SETID', stream, ownGroup, now.delivered, 'ENTRIESREAD', read)
    now.read = read
  end
end
now.trusted = counted ~= nil or trusted

-- Deliveries of this second and of the one before; a clock that was set back begins another second.
now.window, now.lastWindow, now.windowAt = moved, 0, now.at
if same then
  local age = now.at - before.windowAt
  if age >= 0 and age < 1000 then
    now.window, now.lastWindow, now.windowAt = before.window + moved, before.lastWindow, before.windowAt
  elseif age < 2000 then now.lastWindow = before.window
  end
end

-- Entries of before that a replaced stream lacks.
local missing = 0
if replaced then
  local after = 0
  if first and isLater(first, before.generated) then after = length
  elseif first and isLater(now.generated, before.generated) then after = count('(' .. before.generated, '+')
  end
  missing = math.max(0, after - appended)
end
redis.call('HSET', watch, 'state', cjson.encode(now))
return {
  before and cjson.encode(before) or '', cjson.encode(now), replaced and 1 or 0, missing, skipped, expired,
}
`);

const checkReply = replySchema(
  Type.Union([
    Type.Null(),
    Type.Tuple([
      Type.String(),
      Type.String(),
      Type.Number(),
      Type.Number(),
      Type.Number(),
      Type.Number(),
    ]),
  ]),
);

export interface StreamCheck {
  readonly now: StreamState;
  /** Undefined at the first check. */
  readonly change: StreamChange | undefined;
  /** The expiry was removed. */
  readonly wasExpiring: boolean;
}

/**
 * Returns undefined while the group is missing. `known` is the caller's last state. A thorough check counts a backlog whose size
 * Redis does not know.
 *
 * @throws QueueFlowError `stream_unavailable`.
 */
export async function checkStream(
  redis: RedisConnection,
  key: GroupKey,
  { known, isThorough }: { known: StreamState | undefined; isThorough: boolean },
): Promise<StreamCheck | undefined> {
  const mark = Bun.randomUUIDv7().slice(-12);
  const countedMax = isThorough ? COUNTED_MAX_THOROUGH : COUNTED_MAX;
  const args = [key.group, mark, countedMax, known === undefined ? "" : JSON.stringify(known)];
  const keys = [key.stream, watchKey(key)];
  const reply = checkReply(
    await runScript(redis, CHECK_STREAM, { doing: "check the stream for losses", keys, args }),
  );
  if (reply === null) return undefined;
  const [before, state, replaced, missing, skipped, expired] = reply;
  const now = parseState(state);
  const change =
    before === ""
      ? undefined
      : { before: parseState(before), now, isReplaced: replaced === 1, missing, skipped };
  return { now, change, wasExpiring: expired === 1 };
}
