import { DAY_MS } from "../event/day.ts";
import type { GroupKey } from "./consumer-group.ts";
import { type RedisConnection, redisCall } from "./redis/redis-connection.ts";
import { defineScript, runScript } from "./redis/script.ts";

/** Notes that nobody has taken back are forgotten this long after the group's last trial, in seconds. */
const NOTES_KEPT_S = DAY_MS / 1_000;

/**
 * The notes of a group are one hash: for each life of a thread the entry that it tries alone. A life
 * writes over its own note, so that a repeated call counts once and the hash holds no more than one
 * field a thread, and one for each that died in a trial. Allowed when Redis is out of memory: what is
 * pending must be finished then too, or nothing is ever trimmed.
 */
const BEGIN_TRIAL = defineScript(`#!lua flags=allow-oom
local unfinished = 0
local notes = redis.call('HGETALL', KEYS[1])
for i = 1, #notes, 2 do
  if notes[i] ~= ARGV[1] and notes[i + 1] == ARGV[2] then unfinished = unfinished + 1 end
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return unfinished
`);

const FORGET_ENTRY = defineScript(`
local notes = redis.call('HGETALL', KEYS[1])
for i = 1, #notes, 2 do
  if notes[i + 1] == ARGV[1] then redis.call('HDEL', KEYS[1], notes[i]) end
end
`);

/** An entry that is tried alone, and the life of the thread that tries it: an id of its own. */
export interface Trial {
  readonly entryId: string;
  readonly life: string;
}

/** Notes that a trial begins, and answers how many other lives have begun one of this entry and not ended it. */
export async function beginTrial(
  redis: RedisConnection,
  key: GroupKey,
  { life, entryId }: Trial,
): Promise<number> {
  const args = [life, entryId, NOTES_KEPT_S];
  const script = runScript(redis, BEGIN_TRIAL, { key: notesKey(key), args });
  return Number(await redisCall(redis, "note a trial", script));
}

/** Takes the note of this life back: its trial has ended, whether well or not. */
export async function endTrial(
  redis: RedisConnection,
  key: GroupKey,
  { life }: Trial,
): Promise<void> {
  await redisCall(redis, "take the note of a trial back", redis.hdel(notesKey(key), life));
}

/** Removes what is noted of an entry that is finished. */
export async function forgetTrials(
  redis: RedisConnection,
  key: GroupKey,
  entryId: string,
): Promise<void> {
  const script = runScript(redis, FORGET_ENTRY, { key: notesKey(key), args: [entryId] });
  await redisCall(redis, "forget the trials of an entry", script);
}

/** The key of the notes of a group. */
export function notesKey({ stream, group }: GroupKey): string {
  return `${stream}:${group}:trials`;
}
