import { Type } from "@sinclair/typebox";
import { RECEIVED_FIELD } from "../../event/entry-codec.ts";
import type { GroupKey } from "../consumer-group.ts";
import { REDIS_NOW_MS } from "../redis/redis-clock.ts";
import type { RedisConnection } from "../redis/redis-connection.ts";
import { replySchema } from "../redis/reply-schema.ts";
import { defineScript, FIELDS_OF, runScript } from "../redis/script.ts";
import { entryIdMs, LAST_ENTRY_ID } from "../stream-entry.ts";

const backlogReply = replySchema(
  Type.Tuple([
    Type.Number(),
    Type.String(),
    Type.Number(),
    Type.String(),
    Type.Number(),
    Type.String(),
    Type.String(),
    Type.String(),
  ]),
);

/** A correction of Redis's clock leaves ids at most this far ahead. */
export const IDS_AHEAD_MS_OK = 60_000;
/** Three deadlines of a batch. */
export const STALLED_AFTER_MS = 30_000;

export interface Backlog {
  /** Pending entries and undelivered ones. */
  readonly entries: number;
  readonly pending: number;
  readonly oldestId: string | undefined;
  /** Age of the oldest entry; 0 when unknown. */
  readonly lagMs: number;
  readonly idsAheadMs: number;
  /** The last possible id is used: Redis appends nothing more. */
  readonly isExhausted: boolean;
  /** Includes processed entries. */
  readonly length: number;
  /** Changes when the group finishes an entry, and not when one is appended. */
  readonly finished: string;
}

/** 0.2 ms of Redis's time. */
const COUNTED_MAX = 100;
/** 40 ms, when Redis reports no lag, until the loss watch has repaired it. */
const COUNTED_WITHOUT_LAG_MAX = 10_000;

/**
 * Counts few undelivered entries, because Redis's `lag` is too high after a trim of undelivered entries (redis/redis#13957), a
 * replayed append-only file or a failover, and nil after XDEL. An id in the future hides the entry's age: the next entry that
 * carries its time of receipt shows it.
 */
const READ_BACKLOG = defineScript(`
${FIELDS_OF}
local stream, ownGroup = KEYS[1], ARGV[1]
if redis.call('EXISTS', stream) == 0 then return {0, '', 0, '', 0, '', '', ''} end
${REDIS_NOW_MS}
if ARGV[2] ~= '' then nowMs = ARGV[2] end
local length = redis.call('XLEN', stream)
local lastId = fieldsOf(redis.call('XINFO', 'STREAM', stream))['last-generated-id']

local function firstFrom(from)
  local entry = redis.call('XRANGE', stream, from, '+', 'COUNT', 1)[1]
  return entry and entry[1] or ''
end
local function count(from, max) return #redis.call('XRANGE', stream, from, '+', 'COUNT', max) end

local function receivedAt(oldest)
  local idMs = tonumber(string.match(oldest, '^%d+'))
  local isAhead = nowMs and idMs and idMs > tonumber(nowMs)
  if not isAhead then return '' end
  for _, entry in ipairs(redis.call('XRANGE', stream, oldest, '+', 'COUNT', 100)) do
    local received = fieldsOf(entry[2])['${RECEIVED_FIELD}']
    if received then return received end
  end
  return ''
end

local function countUndelivered(group)
  if group['last-delivered-id'] == '${LAST_ENTRY_ID}' then return 0, '' end
  local after = '(' .. group['last-delivered-id']
  local oldest = firstFrom(after)
  if oldest == '' then return 0, '' end
  if oldest == firstFrom('-') then return length, oldest end
  local counted = count(after, ${COUNTED_MAX + 1})
  if counted <= ${COUNTED_MAX} then return counted, oldest end
  local lag = group.lag or count(after, ${COUNTED_WITHOUT_LAG_MAX})
  return math.max(counted, math.min(lag, length - 1)), oldest
end

-- A missing group will start at the first entry.
local undelivered, oldest, pending, finished = length, firstFrom('-'), 0, ''
for _, flat in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
  local group = fieldsOf(flat)
  if group.name == ownGroup then
    pending = group.pending
    undelivered, oldest = countUndelivered(group)
    if pending > 0 then oldest = redis.call('XPENDING', stream, ownGroup)[2] end
    local read = group['entries-read']
    finished = read and tostring(read - pending) or oldest
  end
end
return {pending + undelivered, oldest, length, finished, pending, receivedAt(oldest), nowMs or '', lastId}
`);

/** `nowMs` defaults to the clock of Redis. */
export async function readBacklog(
  redis: RedisConnection,
  { stream, group }: GroupKey,
  nowMs?: number,
): Promise<Backlog> {
  const call = { doing: "read the backlog", keys: [stream], args: [group, nowMs ?? ""] };
  const reply = backlogReply(await runScript(redis, READ_BACKLOG, call));
  const [entries, oldest, length, finished, pending, received, redisMs, lastId] = reply;
  const clockMs = redisMs === "" ? Date.now() : Number(redisMs);
  const oldestId = oldest === "" ? undefined : oldest;
  return {
    entries,
    pending,
    oldestId,
    lagMs: oldestId === undefined ? 0 : ageMs(oldestId, received, clockMs),
    idsAheadMs: lastId === "" ? 0 : Math.max(0, entryIdMs(lastId) - clockMs),
    isExhausted: lastId === LAST_ENTRY_ID,
    length,
    finished,
  };
}

function ageMs(id: string, received: string, clockMs: number): number {
  const receivedMs = /^\d{1,15}$/.test(received) ? Number(received) : entryIdMs(id);
  return Math.max(0, clockMs - receivedMs);
}
