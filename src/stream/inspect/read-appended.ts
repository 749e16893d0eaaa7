import { Type } from "@sinclair/typebox";
import { type RedisConnection, redisCall } from "../redis/redis-connection.ts";
import { replyOf } from "../redis/reply.ts";

const streamReply = replyOf(Type.Array(Type.Unknown()));

/** How many entries were ever appended to the stream, whatever became of them; 0 where there is none. */
export async function readAppended(redis: RedisConnection, stream: string): Promise<number> {
  const info = redis.xinfo("STREAM", stream).catch((error: unknown) => {
    if (error instanceof Error && error.message === "ERR no such key") return [];
    throw error;
  });
  const flat = streamReply(await redisCall(redis, "look at the stream", info));
  return flat.length === 0 ? 0 : Number(flat[flat.indexOf("entries-added") + 1]);
}
