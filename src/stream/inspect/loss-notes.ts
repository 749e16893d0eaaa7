import { Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import type { Loss } from "../../event/loss.ts";
import type { GroupKey } from "../consumer-group.ts";
import { redisCall } from "../redis/redis-call.ts";
import type { RedisConnection } from "../redis/redis-connection.ts";
import { defineScript, runScript } from "../redis/script.ts";
import { watchKey } from "./stream-state.ts";

/** Further losses are only logged and counted. */
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

export async function noteLoss(redis: RedisConnection, key: GroupKey, loss: Loss): Promise<void> {
  const args = [FIELD + loss.id, JSON.stringify(loss)];
  await runScript(redis, NOTE_LOSS, { doing: "note a loss", keys: [watchKey(key)], args });
}

export async function notedLosses(redis: RedisConnection, key: GroupKey): Promise<readonly Loss[]> {
  const fields = await redisCall(redis, "read the noted losses", redis.hgetall(watchKey(key)));
  return Object.entries(fields).flatMap(([name, text]) => {
    if (!name.startsWith(FIELD)) return [];
    const loss: unknown = JSON.parse(text);
    return Value.Check(NotedLoss, loss) ? [loss] : [];
  });
}

/** Removes the notes once `store` resolves. */
export async function moveNotedLosses(
  redis: RedisConnection,
  key: GroupKey,
  store: (losses: readonly Loss[]) => Promise<void>,
): Promise<void> {
  const losses = await notedLosses(redis, key);
  if (losses.length === 0) return;
  await store(losses);
  const names = losses.map(({ id }) => FIELD + id);
  await redisCall(redis, "remove the notes of losses", redis.hdel(watchKey(key), ...names));
}
