import { Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import type { GroupKey } from "../consumer-group.ts";
import { type RedisConnection, redisCall } from "../redis/redis-connection.ts";
import { replyOf } from "../redis/reply.ts";
import { defineScript, runScript } from "../redis/script.ts";
import { type StreamChange, StreamState } from "./stream-state.ts";

/** Entries counted on either side of the last one delivered: 0.5 ms of Redis, and 80 ms for a thorough look. */
const COUNTED_MAX = 100;
const COUNTED_MAX_THOROUGH = 10_000;

/**
 * Compares the stream with the state that the previous look left beside it, or with the caller's if that is newer, and keeps
 * what it finds: of all processes that look, one sees each change. The stream is replaced when it has fewer entries than
 * before, more of them after the last id than were added, or when the kept state is older than the caller's.
 *
 * `entries-read` is compared with what lies in the stream and set right: Redis 7.0 neither writes it to its append-only
 * file with a delivery nor replicates it. What it lacks counts as skipped entries only within one run of Redis, since it was
 * last right. An expiry of the stream is removed.
 *
 * Allowed when Redis is out of memory, since it keeps no more than one state.
 */
const WATCH_STREAM = defineScript(`#!lua flags=allow-oom
local stream, watch = KEYS[1], KEYS[2]
local wanted, mark, limit = ARGV[1], ARGV[2], tonumber(ARGV[3])
local known = ARGV[4] ~= '' and cjson.decode(ARGV[4]) or nil
local kept = redis.call('HGET', watch, 'state')
kept = kept and cjson.decode(kept) or nil

local function named(flat)
  local fields = {}
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  return fields
end
local function less(a, b)
  if #a ~= #b then return #a < #b end
  return a < b
end
local function later(a, b)
  local aMs, aSeq = string.match(a, '^(%d+)-(%d+)$')
  local bMs, bSeq = string.match(b, '^(%d+)-(%d+)$')
  return less(bMs, aMs) or (aMs == bMs and less(bSeq, aSeq))
end
local function count(from, to)
  return #redis.call('XRANGE', stream, from, to, 'COUNT', limit + 1)
end

local time = redis.call('TIME')
local info = redis.pcall('INFO', 'server')
local now = {
  at = time[1] * 1000 + math.floor(time[2] / 1000), run = '',
  added = 0, generated = '0-0', deleted = '0-0', delivered = '0-0', read = -1, undelivered = 0, exact = true,
}
if type(info) == 'string' then now.run = string.match(info, 'run_id:(%w+)') or '' end

local length, first, group, expired = 0, nil, nil, 0
if redis.call('EXISTS', stream) == 1 then
  expired = redis.call('PERSIST', stream)
  local facts = named(redis.call('XINFO', 'STREAM', stream))
  length, first = facts.length, facts['first-entry'] and facts['first-entry'][1]
  now.added, now.generated = facts['entries-added'], facts['last-generated-id']
  now.deleted = facts['max-deleted-entry-id']
  for _, flat in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
    local fields = named(flat)
    if fields.name == wanted then group = fields end
  end
end

local before, replaced = kept, false
if known and (not kept or known.epoch > kept.epoch or (known.epoch == kept.epoch and known.added > kept.added)) then
  before, replaced = known, kept ~= nil
end
if before then
  local sinceThen = now.added - before.added
  replaced = replaced or sinceThen < 0
    or (first and later(first, before.generated) and length > sinceThen)
end
local same = before and not replaced
if same and not group then return false end
local begun = before and math.max(now.at, tonumber(string.sub(before.epoch, 1, 15)) + 1) or now.at
now.epoch = same and before.epoch or string.format('%015d-%s', begun, mark)

if group then
  now.delivered, now.read = group['last-delivered-id'], group['entries-read'] or -1
end
-- What was deleted can be told once, and only by counting.
if same and group and now.deleted ~= before.deleted and later(now.deleted, now.delivered) then
  limit = math.max(limit, ${COUNTED_MAX_THOROUGH})
end
now.reached = same and later(before.reached, now.delivered) and before.reached or now.delivered
local counted = false
if not later(now.generated, now.delivered) or not first then counted = true
elseif later(first, now.delivered) then now.undelivered, counted = length, true
else
  local ahead = count('(' .. now.delivered, '+')
  local behind = ahead > limit and count('-', now.delivered) or nil
  if ahead <= limit then now.undelivered, counted = ahead, true
  elseif behind <= limit then now.undelivered, counted = length - behind, true
  end
end

local trusted = (same and before.trusted and now.run ~= '' and before.run == now.run and now.read >= before.read
  and now.read >= 0 and not later(before.delivered, now.delivered)) or false
if not counted then
  now.exact = trusted and not later(now.deleted, now.delivered)
  now.undelivered = now.exact and now.added - now.read or limit + 1
end
local skipped = 0
local moved = now.undelivered
if same and trusted then moved = now.read - before.read
elseif same and now.exact and before.exact then
  moved = math.max(0, before.undelivered + now.added - before.added - now.undelivered)
elseif not before then moved = 0
end
if counted and group then
  local read = now.added - now.undelivered
  if trusted then skipped = math.max(0, read - now.read) end
  -- A trim takes the oldest: none was skipped while one stands that had been delivered, unless by its id.
  if skipped > 0 and not later(now.deleted, before.delivered) then
    local gone = before.undelivered + now.added - before.added - length
    if first and not later(first, before.delivered) then skipped = 0
    elseif before.exact then skipped = math.min(skipped, math.max(0, gone))
    end
  end
  if now.read ~= read then
    redis.call('XGROUP', 'SETID', stream, wanted, now.delivered, 'ENTRIESREAD', read)
    now.read = read
  end
end
now.trusted = counted or trusted

now.window, now.lastWindow, now.windowAt = moved, 0, now.at
if same then
  local age = now.at - before.windowAt
  if age >= 0 and age < 1000 then
    now.window, now.lastWindow, now.windowAt = before.window + moved, before.lastWindow, before.windowAt
  elseif age < 2000 then now.lastWindow = before.window -- Also when the clock was set back.
  end
end

local missing = 0
if replaced then
  local after = 0
  if first and later(first, before.generated) then after = length
  elseif first and later(now.generated, before.generated) then after = count('(' .. before.generated, '+')
  end
  missing = math.max(0, before.added - now.added + after)
end
redis.call('HSET', watch, 'state', cjson.encode(now))
return {
  before and cjson.encode(before) or '', cjson.encode(now), replaced and 1 or 0, missing, skipped, expired,
}
`);

const watchReply = replyOf(
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

/** What one look found. */
export interface StreamLook {
  readonly now: StreamState;
  /** Undefined at the first look at a stream. */
  readonly change: StreamChange | undefined;
  /** Whether the stream had an expiry, which was removed. */
  readonly wasExpiring: boolean;
}

/**
 * Looks at the stream and keeps what it finds. `known` is what the caller knows of it, which outlives what Redis forgets. A
 * `isThorough` look counts a backlog that Redis does not know the size of. Undefined while the group is gone.
 *
 * @throws QueueFlowError `stream_unavailable`.
 */
export async function watchStream(
  redis: RedisConnection,
  key: GroupKey,
  { known, isThorough }: { known: StreamState | undefined; isThorough: boolean },
): Promise<StreamLook | undefined> {
  const mark = Bun.randomUUIDv7().slice(-12);
  const limit = isThorough ? COUNTED_MAX_THOROUGH : COUNTED_MAX;
  const args = [key.group, mark, limit, known === undefined ? "" : JSON.stringify(known)];
  const script = runScript(redis, WATCH_STREAM, { key: [key.stream, watchKey(key)], args });
  const reply = watchReply(await redisCall(redis, "watch the stream", script));
  if (reply === null) return undefined;
  const [before, state, replaced, missing, skipped, expired] = reply;
  const now = parseState(state);
  const change =
    before === ""
      ? undefined
      : { before: parseState(before), now, isReplaced: replaced === 1, missing, skipped };
  return { now, change, wasExpiring: expired === 1 };
}

/** A state as it was kept. */
export function parseState(text: string): StreamState {
  const state: unknown = JSON.parse(text);
  return Value.Decode(StreamState, state);
}

/** When a stream was first seen, by Redis's clock, in milliseconds since 1970. */
export function epochMs(epoch: string): number {
  return Number(epoch.slice(0, epoch.indexOf("-")));
}

/** The key of what is kept of a group's stream: a hash. */
export function watchKey({ stream, group }: GroupKey): string {
  return `${stream}:${group}:watch`;
}
