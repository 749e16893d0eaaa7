import type { EngineConfig } from "../../config/config.ts";
import { DAY_MS } from "../../event/day.ts";
import { type Horizon, retentionHorizon } from "../../event/retention.ts";
import type { Database } from "../../store/database.ts";
import { readEventClocks } from "../../store/upkeep/read-event-clocks.ts";
import { readRetentionClocks } from "../../stream/inspect/read-retention-clocks.ts";
import { closeRedisConnection } from "../../stream/redis/redis-connection.ts";
import { findRedisUrl } from "../find-servers.ts";
import { connectRedis } from "../reach-redis.ts";

const THIS_MACHINE = "the clock of this machine";
/** A site may be without an event for a day or two. */
const HELD_BACK_MS_MIN = 2 * DAY_MS;

/** Finds what a prune may delete. Redis is asked what the stream still holds, and without it nothing is deleted. */
export async function readHorizon(
  database: Database,
  { config, retentionDays }: { config: EngineConfig; retentionDays: number },
): Promise<Horizon> {
  const url = findRedisUrl(config);
  const redis = await connectRedis(url);
  try {
    return retentionHorizon(retentionDays, [
      { of: THIS_MACHINE, ms: Date.now() },
      ...(await readRetentionClocks(redis, config.stream)),
      ...(await readEventClocks(database)),
    ]);
  } finally {
    await closeRedisConnection(redis);
  }
}

/** Says from when the days are counted back. */
export function countedFromText({ countedFrom: { of, ms } }: Horizon): string {
  return `The days are counted back from ${of}, ${new Date(ms).toISOString()}`;
}

/** Whether less is deleted than the clock of this machine would have it, which deserves a word. */
export function isHeldBack({ countedFrom: { of, ms } }: Horizon): boolean {
  return of !== THIS_MACHINE && Date.now() - ms > HELD_BACK_MS_MIN;
}
