import { expectNoEviction } from "../../stream/inspect/check-redis.ts";
import { readClock } from "../../stream/redis/redis-clock.ts";
import { type SendAgainOptions, type SendAgainServers, sendAgain } from "./send-again.ts";

/**
 * Sends dead letters to their streams again, see `sendAgain`.
 *
 * @throws QueueFlowError `redis_evicts`, `stream_unavailable`; errors of the database. `tally` says how far it came.
 */
export async function retryDeadLetters(
  servers: SendAgainServers,
  options: Omit<SendAgainOptions, "nowMs">,
): Promise<void> {
  const connections = new Set(servers.shards.map(({ redis }) => redis));
  await Promise.all(Array.from(connections, expectNoEviction));
  const [redis] = connections;
  const nowMs = (redis && (await readClock(redis))) ?? Date.now();
  await sendAgain(servers, { ...options, nowMs });
}
