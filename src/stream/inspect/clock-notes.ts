import { Type } from "@sinclair/typebox";
import { DAY_MS } from "../../event/day.ts";
import type { GroupKey } from "../consumer-group.ts";
import { keyBeside } from "../key-beside.ts";
import { redisCall } from "../redis/redis-call.ts";
import { REDIS_NOW_MS } from "../redis/redis-clock.ts";
import type { RedisConnection } from "../redis/redis-connection.ts";
import { replySchema } from "../redis/reply-schema.ts";
import { defineScript, runScript } from "../redis/script.ts";

export const CLOCK_NOTES_KEPT_S = (30 * DAY_MS) / 1_000;
/** With more processes, the one noted longest ago is forgotten. */
const PROCESSES_MAX = 200;

const notesReply = replySchema(Type.Array(Type.String()));

/** Times are Redis's, in milliseconds since 1970. */
export interface ClockNote {
  readonly process: string;
  /** The clock of the process minus that of Redis. */
  readonly offsetMs: number;
  readonly notedAtMs: number;
  /** The largest offset, of either sign. */
  readonly worstMs: number;
  readonly worstAtMs: number;
}

const NOTE_CLOCK = defineScript(`
${REDIS_NOW_MS}
if not nowMs then return end
local keptMs = 1000 * ARGV[3]
local offset = ARGV[2] - nowMs
local worst, worstAt = offset, nowMs
local others, oldest, oldestAt = 0, nil, nil
local notes = redis.call('HGETALL', KEYS[1])
for i = 1, #notes, 2 do
  local at, noteWorst, noteWorstAt = string.match(notes[i + 1], '^%S+ (%d+) (%S+) (%d+)$')
  if notes[i] == ARGV[1] then
    local isRecent = at and nowMs - noteWorstAt < keptMs
    if isRecent and math.abs(noteWorst) > math.abs(worst) then worst, worstAt = noteWorst, noteWorstAt end
  elseif not at or nowMs - at > keptMs then redis.call('HDEL', KEYS[1], notes[i])
  else
    others = others + 1
    if not oldestAt or tonumber(at) < oldestAt then oldest, oldestAt = notes[i], tonumber(at) end
  end
end
if others >= tonumber(ARGV[4]) then redis.call('HDEL', KEYS[1], oldest) end
redis.call('HSET', KEYS[1], ARGV[1], string.format('%d %s %d %s', offset, nowMs, worst, worstAt))
redis.call('EXPIRE', KEYS[1], ARGV[3])
`);

/** Does nothing when the user may not call TIME. */
export async function noteClock(
  redis: RedisConnection,
  key: GroupKey,
  { process, nowMs }: { process: string; nowMs: number },
): Promise<void> {
  const args = [process, nowMs, CLOCK_NOTES_KEPT_S, PROCESSES_MAX];
  await runScript(redis, NOTE_CLOCK, { doing: "note a clock", keys: [clocksKey(key)], args });
}

/** Latest first. */
export async function readClockNotes(
  redis: RedisConnection,
  key: GroupKey,
): Promise<readonly ClockNote[]> {
  const notes = redis.call("HGETALL", [clocksKey(key)]);
  const flat = notesReply(await redisCall(redis, "read the noted clocks", notes));
  const read = flat.flatMap((text, i) => {
    const process = flat[i - 1];
    return i % 2 === 0 || process === undefined ? [] : [noteOf(process, text)];
  });
  return read.toSorted((a, b) => b.notedAtMs - a.notedAtMs);
}

export function clocksKey({ stream, group }: GroupKey): string {
  return keyBeside(stream, `${group}:clocks`);
}

function noteOf(process: string, text: string): ClockNote {
  const [offsetMs = 0, notedAtMs = 0, worstMs = 0, worstAtMs = 0] = text.split(" ").map(Number);
  return { process, offsetMs, notedAtMs, worstMs, worstAtMs };
}
