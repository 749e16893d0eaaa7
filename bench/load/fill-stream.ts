import { encodeEntry } from "../../src/event/entry-codec.ts";
import type { AnalyticsEvent } from "../../src/event/event.ts";
import type { GroupKey } from "../../src/stream/consumer-group.ts";
import type { RedisConnection } from "../../src/stream/redis/redis-connection.ts";
import { deleteStream } from "../stream-state.ts";

/** So many in one round trip, which Redis has on disk with one fsync. */
const PIPELINE_COMMANDS = 2_000;

/** Replaces the stream by one with these events and a group that has read nothing. Returns the id of the last entry. */
export async function fillStream(
  redis: RedisConnection,
  { stream, group }: GroupKey,
  events: readonly AnalyticsEvent[],
): Promise<string> {
  await deleteStream(redis, stream);
  await redis.xgroup("CREATE", stream, group, "0", "MKSTREAM");
  for (let from = 0; from < events.length; from += PIPELINE_COMMANDS) {
    const pipeline = redis.pipeline();
    for (const event of events.slice(from, from + PIPELINE_COMMANDS)) {
      pipeline.xadd(stream, "*", ...encodeEntry(event));
    }
    await pipeline.exec();
  }
  const [[id] = [""]] = await redis.xrevrange(stream, "+", "-", "COUNT", 1);
  return id;
}
