import type { Database } from "../../store/database.ts";
import { expectNoEviction } from "../../stream/inspect/check-redis.ts";
import { readClock } from "../../stream/redis/redis-clock.ts";
import type { RedisConnection } from "../../stream/redis/redis-connection.ts";
import { type SendAgainOptions, sendAgain } from "./send-again.ts";

/**
 * Sends dead letters to their streams again, see `sendAgain`.
 *
 * @throws QueueFlowError `redis_evicts`, `stream_unavailable`; errors of the database. `tally` says how far it came.
 */
export async function retryDeadLetters(
  servers: { readonly database: Database; readonly redis: RedisConnection },
  options: Omit<SendAgainOptions, "nowMs">,
): Promise<void> {
  const { redis } = servers;
  await expectNoEviction(redis);
  const nowMs = (await readClock(redis)) ?? Date.now();
  await sendAgain(servers, { ...options, nowMs });
}
