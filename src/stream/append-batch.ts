import { QueueFlowError } from "../errors.ts";
import { describeValue } from "../event/describe-value.ts";
import { ENTRY_FIELDS, RECEIVED_FIELD } from "../event/entry-codec.ts";
import { CLOCK_DIFFERENCE_MS_MAX } from "../event/limits.ts";
import { checkClocks } from "./check-clocks.ts";
import { REDIS_NOW_MS } from "./redis/redis-clock.ts";
import type { RedisConnection } from "./redis/redis-connection.ts";
import { defineScript, FIELDS_OF, runScript } from "./redis/script.ts";
import { LAST_ENTRY_ID } from "./stream-entry.ts";

const ENTRY_ID = /^\d+-\d+$/;

/**
 * Returns the id of the last entry, an empty string when the stream is full, or the clock of Redis when the caller's differs too
 * much. Ids are the time of Redis; behind a later id, an entry takes the next one and carries the time as a field. One JSON list
 * costs the client half as much as an argument each.
 */
const APPEND_BATCH = defineScript(`
if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[1]) then return '' end
${REDIS_NOW_MS}
if nowMs and math.abs(nowMs - ARGV[3]) > ${CLOCK_DIFFERENCE_MS_MAX} then return nowMs end
local values = cjson.decode(ARGV[2])
local inTime = nowMs and nowMs .. '-*' or '*'
local isAhead = false
local id
for i = 1, #values, ${ENTRY_FIELDS.length} do
  if not isAhead then
    id = redis.pcall('XADD', KEYS[1], inTime, ${fieldArguments()})
    if type(id) == 'table' then
      if not nowMs or not string.find(id.err, 'equal or smaller', 1, true) then return id end
      isAhead = true
    end
  end
  if isAhead then
    id = redis.call('XADD', KEYS[1], '*', ${fieldArguments()}, '${RECEIVED_FIELD}', nowMs)
  end
end
return id
`);

/** Fails whenever an append would: without flags, `#!lua` declares a script that writes (manual, "script flags"). */
const CHECK_APPEND = defineScript(`#!lua
${FIELDS_OF}${REDIS_NOW_MS}
local length = redis.call('XLEN', KEYS[1])
local lastId = ''
if redis.call('EXISTS', KEYS[1]) == 1 then
  lastId = fieldsOf(redis.call('XINFO', 'STREAM', KEYS[1]))['last-generated-id']
end
return {length, nowMs or '', lastId}
`);

export interface AppendBatch {
  readonly stream: string;
  /** Of one event after another, each in the order of `ENTRY_FIELDS`. */
  readonly values: readonly string[];
  /** In entries. */
  readonly lengthMax: number;
  readonly nowMs: number;
  /** That must have the events; 0 by default. */
  readonly replicasMin?: number;
}

/**
 * Returns the id of the last entry, or undefined when the stream is full.
 *
 * @throws QueueFlowError `clock_wrong`: nothing was appended; `stream_unavailable`, `stream_exhausted` and `stream_full` (Redis is
 *   out of memory): some events may have been.
 */
export async function appendBatch(
  redis: RedisConnection,
  { stream, values, lengthMax, nowMs, replicasMin = 0 }: AppendBatch,
): Promise<string | undefined> {
  const args = [lengthMax, JSON.stringify(values), nowMs];
  const reply = await runScript(redis, APPEND_BATCH, {
    doing: "append the event",
    keys: [stream],
    args,
    replicasMin,
  });
  if (reply === "") return undefined;
  if (typeof reply === "string" && /^\d+$/.test(reply)) {
    checkClocks({ engineMs: nowMs, redisMs: Number(reply) });
  }
  return appendedId(redis, reply);
}

/**
 * Returns the reply if it is an entry id. Otherwise replies are out of step or the server is not Redis: closes the connection.
 *
 * @throws QueueFlowError `stream_unavailable`.
 */
export function appendedId(redis: Pick<RedisConnection, "disconnect">, reply: unknown): string {
  if (typeof reply === "string" && ENTRY_ID.test(reply)) return reply;
  redis.disconnect(true);
  const sentence = `Redis could not append: expected an entry id in reply, got ${describeValue(reply)}`;
  throw new QueueFlowError("stream_unavailable", sentence);
}

/**
 * Returns the length of the stream, in entries.
 *
 * @throws QueueFlowError when `appendBatch` would.
 */
export async function checkAppend(
  redis: RedisConnection,
  { stream, nowMs, replicasMin = 0 }: Pick<AppendBatch, "stream" | "nowMs" | "replicasMin">,
): Promise<number> {
  const call = { doing: "take events", keys: [stream], args: [], replicasMin };
  const reply = await runScript(redis, CHECK_APPEND, call);
  const [length, redisMs, lastId] = Array.isArray(reply) ? reply : [];
  if (lastId === LAST_ENTRY_ID) {
    throw new QueueFlowError("stream_exhausted", "The stream has used the last possible id");
  }
  if (redisMs !== "") checkClocks({ engineMs: nowMs, redisMs: Number(redisMs) });
  return Number(length);
}

function fieldArguments(): string {
  return ENTRY_FIELDS.map((name, i) => `'${name}', values[i + ${i}]`).join(", ");
}
