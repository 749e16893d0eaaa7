import { Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import type { Loss } from "../../event/loss.ts";
import type { GroupKey } from "../consumer-group.ts";
import { type RedisConnection, redisCall } from "../redis/redis-connection.ts";
import { defineScript, runScript } from "../redis/script.ts";
import { watchKey } from "./watch-stream.ts";

/** Beyond this many, losses that PostgreSQL has not yet taken are in the log and the metrics only. */
const NOTES_MAX = 1_000;
const FIELD = "loss:";

const NotedLoss = Type.Object({
  id: Type.String(),
  foundAt: Type.String(),
  entries: Type.Integer(),
  cause: Type.String(),
});

const NOTE_LOSS = defineScript(`#!lua flags=allow-oom
if redis.call('HLEN', KEYS[1]) < ${NOTES_MAX} then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
`);

/** Notes a loss in Redis, where it stands until PostgreSQL has it. */
export async function noteLoss(redis: RedisConnection, key: GroupKey, loss: Loss): Promise<void> {
  const args = [FIELD + loss.id, JSON.stringify(loss)];
  const script = runScript(redis, NOTE_LOSS, { key: watchKey(key), args });
  await redisCall(redis, "note a loss", script);
}

/** The losses that PostgreSQL does not have yet. */
export async function notedLosses(redis: RedisConnection, key: GroupKey): Promise<readonly Loss[]> {
  const fields = await redisCall(redis, "read the noted losses", redis.hgetall(watchKey(key)));
  return Object.entries(fields).flatMap(([name, text]) => {
    if (!name.startsWith(FIELD)) return [];
    const loss: unknown = JSON.parse(text);
    return Value.Check(NotedLoss, loss) ? [loss] : [];
  });
}

/** Takes back notes of losses that PostgreSQL has. */
export async function forgetLosses(
  redis: RedisConnection,
  key: GroupKey,
  losses: readonly Loss[],
): Promise<void> {
  if (losses.length === 0) return;
  const names = losses.map(({ id }) => FIELD + id);
  await redisCall(redis, "take back noted losses", redis.hdel(watchKey(key), ...names));
}
