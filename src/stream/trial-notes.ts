import { DAY_MS } from "../event/day.ts";
import type { GroupKey } from "./consumer-group.ts";
import { keyBeside } from "./key-beside.ts";
import { redisCall } from "./redis/redis-call.ts";
import type { RedisConnection } from "./redis/redis-connection.ts";
import { defineScript, runScript } from "./redis/script.ts";

const NOTES_KEPT_S = DAY_MS / 1_000;

/**
 * A hash from the id of a thread run to the entry on trial, so that a repeated call counts once. `allow-oom`: trimming waits for
 * pending entries.
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

export interface Trial {
  readonly entryId: string;
  /** Unique to one run of a thread. */
  readonly runId: string;
}

/** Returns how many other runs began a trial of this entry and did not finish it. */
export async function beginTrial(
  redis: RedisConnection,
  key: GroupKey,
  { runId, entryId }: Trial,
): Promise<number> {
  const args = [runId, entryId, NOTES_KEPT_S];
  const call = { doing: "note a trial", keys: [trialsKey(key)], args };
  return Number(await runScript(redis, BEGIN_TRIAL, call));
}

export async function endTrial(
  redis: RedisConnection,
  key: GroupKey,
  { runId }: Trial,
): Promise<void> {
  await redisCall(redis, "remove the note of a trial", redis.hdel(trialsKey(key), runId));
}

export async function forgetTrials(
  redis: RedisConnection,
  key: GroupKey,
  entryId: string,
): Promise<void> {
  const call = { doing: "forget the trials of an entry", keys: [trialsKey(key)], args: [entryId] };
  await runScript(redis, FORGET_ENTRY, call);
}

export function trialsKey({ stream, group }: GroupKey): string {
  return keyBeside(stream, `${group}:trials`);
}
