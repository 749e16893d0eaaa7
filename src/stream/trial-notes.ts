import { DAY_MS } from "../event/day.ts";
import type { GroupKey } from "./consumer-group.ts";
import { redisCall } from "./redis/redis-call.ts";
import type { RedisConnection } from "./redis/redis-connection.ts";
import { defineScript, runScript } from "./redis/script.ts";

/** Notes expire this long after the group's last trial, in seconds. */
const NOTES_KEPT_S = DAY_MS / 1_000;

/**
 * A hash from the id of a thread run to the entry on trial. A run overwrites its own note, so that a repeated call counts once.
 * Allowed when Redis is out of memory, because nothing can be trimmed until pending entries are finished.
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

/** An entry that is tried alone. */
export interface Trial {
  readonly entryId: string;
  /** Unique to one run of a thread, from its start to its end. */
  readonly runId: string;
}

/** Notes that a trial begins. Returns how many other runs began one of this entry and did not finish it. */
export async function beginTrial(
  redis: RedisConnection,
  key: GroupKey,
  { runId, entryId }: Trial,
): Promise<number> {
  const args = [runId, entryId, NOTES_KEPT_S];
  const call = { doing: "note a trial", keys: [trialsKey(key)], args };
  return Number(await runScript(redis, BEGIN_TRIAL, call));
}

/** Removes the note of this run: its trial has ended, whatever the outcome. */
export async function endTrial(
  redis: RedisConnection,
  key: GroupKey,
  { runId }: Trial,
): Promise<void> {
  await redisCall(redis, "remove the note of a trial", redis.hdel(trialsKey(key), runId));
}

/** Removes all notes of an entry, once it is finished. */
export async function forgetTrials(
  redis: RedisConnection,
  key: GroupKey,
  entryId: string,
): Promise<void> {
  const call = { doing: "forget the trials of an entry", keys: [trialsKey(key)], args: [entryId] };
  await runScript(redis, FORGET_ENTRY, call);
}

/** The key of a group's trial notes. */
export function trialsKey({ stream, group }: GroupKey): string {
  return `${stream}:${group}:trials`;
}
