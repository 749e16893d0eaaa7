import { Type } from "@sinclair/typebox";
import type { QuotaFlush } from "../../access/limits/daily-quotas.ts";
import { DAY_MS } from "../../event/day.ts";
import { keyBeside } from "../key-beside.ts";
import type { RedisConnection } from "../redis/redis-connection.ts";
import { replySchema } from "../redis/reply-schema.ts";
import { defineScript, runScript } from "../redis/script.ts";

/** Longer than the day: clocks differ. */
const KEPT_S = (2 * DAY_MS) / 1_000;

/**
 * Adds the counts of a flush to a hash of totals by quota, and returns the totals. The hash also has the last sequence number of each
 * thread run (`run:ID`), so that a flush that is sent again counts once.
 */
const ADD_COUNTS = defineScript(`
local run = 'run:' .. ARGV[1]
local isNew = tonumber(redis.call('HGET', KEYS[1], run) or '0') < tonumber(ARGV[2])
local wrote = false
local totals = {}
for i = 4, #ARGV, 2 do
  if isNew and ARGV[i + 1] ~= '0' then
    redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1])
    wrote = true
  end
  totals[#totals + 1] = redis.call('HGET', KEYS[1], ARGV[i]) or '0'
end
if wrote then
  redis.call('HSET', KEYS[1], run, ARGV[2])
  redis.call('EXPIRE', KEYS[1], ARGV[3])
end
return totals
`);

const totalsReply = replySchema(Type.Array(Type.String()));

export interface QuotaCounter {
  readonly stream: string;
  /** Unique to one run of a thread. */
  readonly runId: string;
}

/**
 * Returns the total of each quota in the flush, with the flush counted.
 *
 * @throws QueueFlowError: the flush may have been counted; repeat it under the same sequence number.
 */
export async function addQuotaCounts(
  redis: RedisConnection,
  { stream, runId }: QuotaCounter,
  { date, sequence, counts }: QuotaFlush,
): Promise<ReadonlyMap<string, number>> {
  const args = [runId, sequence, KEPT_S, ...[...counts].flat()];
  const call = { doing: "count events of quotas", keys: [quotaKey(stream, date)], args };
  const totals = totalsReply(await runScript(redis, ADD_COUNTS, call));
  return new Map([...counts.keys()].map((name, i) => [name, Number(totals[i])]));
}

export function quotaKey(stream: string, date: string): string {
  return keyBeside(stream, `quota:${date}`);
}
