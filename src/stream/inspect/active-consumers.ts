import { Type } from "@sinclair/typebox";
import type { GroupKey } from "../consumer-group.ts";
import { redisCall } from "../redis/redis-call.ts";
import type { RedisConnection } from "../redis/redis-connection.ts";
import { replySchema } from "../redis/reply-schema.ts";

const consumersReply = replySchema(
  Type.Array(Type.Array(Type.Union([Type.String(), Type.Number()]))),
);

/** Returns the names of the group's consumers that asked for entries within the last `idleMsMax` milliseconds. */
export async function activeConsumers(
  redis: RedisConnection,
  { stream, group }: GroupKey,
  idleMsMax: number,
): Promise<readonly string[]> {
  const reply = await redisCall(
    redis,
    "list the consumers",
    redis.xinfo("CONSUMERS", stream, group),
  );
  return consumersReply(reply)
    .map((flat) => ({ name: String(field(flat, "name")), idleMs: Number(field(flat, "idle")) }))
    .filter(({ idleMs }) => idleMs <= idleMsMax)
    .map(({ name }) => name);
}

function field(flat: readonly (string | number)[], name: string): string | number | undefined {
  return flat[flat.indexOf(name) + 1];
}
