import { QueueFlowError } from "../errors.ts";
import { CLOCK_DIFFERENCE_MS_MAX } from "../event/limits.ts";
import type { RedisClock } from "./redis/redis-clock.ts";
import type { RedisConnection } from "./redis/redis-connection.ts";

/**
 * Returns the clock of Redis, or this machine's while that is unknown.
 *
 * @throws QueueFlowError `clock_wrong`.
 */
export async function trustedNowMs(clock: RedisClock): Promise<number> {
  const redisMs = await clock.read();
  const engineMs = Date.now();
  if (redisMs === undefined) return engineMs;
  checkClocks({ engineMs, redisMs });
  return redisMs;
}

/**
 * Confirms that an event may be refused by this machine's clock.
 *
 * @throws QueueFlowError `clock_wrong`; `stream_unavailable` when Redis was never reached.
 */
export async function confirmClock(
  clock: RedisClock,
  redis: Pick<RedisConnection, "status">,
): Promise<void> {
  await trustedNowMs(clock);
  if (clock.nowMs === undefined && redis.status !== "ready") {
    throw new QueueFlowError("stream_unavailable", "Redis could not report its clock");
  }
}

/** @throws QueueFlowError `clock_wrong` when the clocks differ by more than `CLOCK_DIFFERENCE_MS_MAX`. */
export function checkClocks({ engineMs, redisMs }: { engineMs: number; redisMs: number }): void {
  const differenceMs = Math.abs(engineMs - redisMs);
  if (differenceMs <= CLOCK_DIFFERENCE_MS_MAX) return;
  const hours = Math.round(differenceMs / 3_600_000).toLocaleString("en-US");
  throw new QueueFlowError(
    "clock_wrong",
    `Expected the clocks of this server and of Redis to agree, got ${iso(engineMs)} here and ${iso(redisMs)} in Redis, ${hours} hours apart`,
  );
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
