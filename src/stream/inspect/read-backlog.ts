import { Type } from "@sinclair/typebox";
import { RECEIVED_FIELD } from "../../event/entry-codec.ts";
import type { GroupKey } from "../consumer-group.ts";
import { REDIS_NOW_MS } from "../redis/redis-clock.ts";
import { type RedisConnection, redisCall } from "../redis/redis-connection.ts";
import { replyOf } from "../redis/reply.ts";
import { defineScript, runScript } from "../redis/script.ts";
import { entryIdMs, LAST_ENTRY_ID } from "../stream-entry.ts";

const backlogReply = replyOf(
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

/** How far ids may be ahead of the clock of Redis when that was corrected by a little, in milliseconds. */
export const IDS_AHEAD_MS_OK = 60_000;
/**
 * Consumers count as stalled when entries wait this long and none is stored, in milliseconds: three deadlines of a batch, and
 * about the time after which idle entries are claimed.
 */
export const STALLED_AFTER_MS = 30_000;

/** What the group has not finished yet. */
export interface Backlog {
  /** Entries not yet acknowledged: delivered or not. */
  readonly entries: number;
  /** Those of them that were delivered. */
  readonly pending: number;
  /** The id of the oldest of them. */
  readonly oldestId: string | undefined;
  /** Age of the oldest of them by the clock of Redis, in milliseconds; 0 when there is none, or nothing tells when it was received. */
  readonly lagMs: number;
  /** How far the ids of new entries are ahead of the clock of Redis, in milliseconds. */
  readonly idsAheadMs: number;
  /** Whether the stream has used the last possible id: Redis takes no entry any more. */
  readonly isExhausted: boolean;
  /** Entries in the stream, processed ones included. */
  readonly length: number;
  /** A text that changes when the group finishes an entry, and not when one is appended. */
  readonly finished: string;
}

/** Up to this many undelivered entries are counted in the stream itself: 0.2 ms of Redis. */
const COUNTED_MAX = 100;
/** The same where Redis knows no number, until the stream watch has repaired it: 40 ms. */
const COUNTED_WITHOUT_LAG_MAX = 10_000;

/**
 * Returns pending and undelivered counts and the id of the oldest unfinished entry, in one call, so that the three agree.
 * Redis's own `lag` is wrong in many states: too high after undelivered entries were trimmed (redis/redis#13957), and after
 * Redis 7.0 has replayed its append-only file or a replica was promoted, since `entries-read` is not replicated; nil after
 * entries were deleted by their ids. So it counts only where the stream itself does not tell: where the last entry was not
 * delivered, the first one was, and more than COUNTED_MAX lie between. A group still to be made will start at the first entry. How
 * many entries it has finished are those read less those pending; where Redis does not know how many were read, the
 * oldest unfinished entry tells as well, but for the order.
 *
 * An id in the future says nothing of the entry's age: of the entries from the oldest on, the first that carries the time at which
 * it was received tells, since the oldest was received no later.
 */
const READ_BACKLOG = defineScript(`
if redis.call('EXISTS', KEYS[1]) == 0 then return {0, '', 0, '', 0, '', '', ''} end
${REDIS_NOW_MS}
if ARGV[2] ~= '' then nowMs = ARGV[2] end
local lastId
local stream = redis.call('XINFO', 'STREAM', KEYS[1])
for i = 1, #stream, 2 do if stream[i] == 'last-generated-id' then lastId = stream[i + 1] end end
local function clocks(oldest)
  local idMs = tonumber(string.match(oldest, '^%d+'))
  local isAhead = nowMs and idMs and idMs > tonumber(nowMs)
  for _, entry in ipairs(isAhead and redis.call('XRANGE', KEYS[1], oldest, '+', 'COUNT', 100) or {}) do
    for i = 1, #entry[2], 2 do
      if entry[2][i] == '${RECEIVED_FIELD}' then return entry[2][i + 1], nowMs, lastId end
    end
  end
  return '', nowMs or '', lastId
end
local length = redis.call('XLEN', KEYS[1])
local function undelivered(group, after, first)
  if redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1][1] == first then return length end
  local counted = #redis.call('XRANGE', KEYS[1], after, '+', 'COUNT', ${COUNTED_MAX + 1})
  if counted <= ${COUNTED_MAX} then return counted end
  local lag = group.lag or #redis.call('XRANGE', KEYS[1], after, '+', 'COUNT', ${COUNTED_WITHOUT_LAG_MAX})
  return math.max(counted, math.min(lag, length - 1))
end
for _, flat in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local group = {}
  for i = 1, #flat, 2 do group[flat[i]] = flat[i + 1] end
  if group.name == ARGV[1] then
    local after = '(' .. group['last-delivered-id']
    local isLast = group['last-delivered-id'] == '${LAST_ENTRY_ID}'
    local first = not isLast and redis.call('XRANGE', KEYS[1], after, '+', 'COUNT', 1)[1]
    local undelivered = first and undelivered(group, after, first[1]) or 0
    local oldest = first and first[1] or ''
    if group.pending > 0 then oldest = redis.call('XPENDING', KEYS[1], ARGV[1])[2] end
    local read = group['entries-read']
    local finished = read and tostring(read - group.pending) or oldest
    return {group.pending + undelivered, oldest, length, finished, group.pending, clocks(oldest)}
  end
end
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
local oldest = first and first[1] or ''
return {length, oldest, length, '', 0, clocks(oldest)}
`);

/** Reads how far the group is behind, at `nowMs` or, unless given, by the clock of Redis. */
export async function readBacklog(
  redis: RedisConnection,
  { stream, group }: GroupKey,
  nowMs?: number,
): Promise<Backlog> {
  const script = runScript(redis, READ_BACKLOG, { key: stream, args: [group, nowMs ?? ""] });
  const [entries, oldest, length, finished, pending, received, redisMs, lastId] = backlogReply(
    await redisCall(redis, "read the backlog", script),
  );
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

/** By the time that the entry carries, or one after it, where its id is in the future. */
function ageMs(id: string, received: string, clockMs: number): number {
  const receivedMs = /^\d{1,15}$/.test(received) ? Number(received) : entryIdMs(id);
  return Math.max(0, clockMs - receivedMs);
}
