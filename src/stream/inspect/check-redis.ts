import { QueueFlowError } from "../../errors.ts";
import type { Log } from "../../log/log.ts";
import { evictionRefusal } from "../eviction-guard.ts";
import { redisCall } from "../redis/redis-call.ts";
import type { RedisConnection } from "../redis/redis-connection.ts";
import { findWeaknesses, readSettings, SETTINGS } from "./redis-settings.ts";

/** Since 7.0, XAUTOCLAIM lists deleted entries apart. */
export const REDIS_VERSION_MIN = 7;

/**
 * Warns of settings that may lose accepted events. A restarted thread tolerates eviction, because storing the backlog saves most.
 *
 * @throws QueueFlowError `redis_too_old` below version 7.0; `redis_evicts`; `stream_unavailable`.
 */
export async function checkRedis(
  redis: RedisConnection,
  log: Log,
  { isRestarted }: { readonly isRestarted: boolean },
): Promise<void> {
  const info = await redisCall(redis, "report its version", redis.info("server"));
  const version = /^redis_version:(\S+)/m.exec(info)?.[1] ?? "unknown";
  if (Number.parseInt(version, 10) < REDIS_VERSION_MIN) {
    const sentence = `Expected Redis ${REDIS_VERSION_MIN}.0 or newer, got ${version}`;
    throw new QueueFlowError("redis_too_old", sentence);
  }
  const settings = await readSettings(redis);
  if (settings === undefined || settings.size < SETTINGS.length) {
    log.warn(
      {},
      "Redis hides some of its settings: whether accepted events survive a crash is unknown",
    );
  }
  if (settings === undefined) return;
  const refusal = evictionRefusal(settings.get("maxmemory-policy"));
  if (refusal !== undefined && !isRestarted) throw refusal;
  for (const { setting, value, warning } of findWeaknesses(settings)) {
    log.warn({ [setting]: value }, warning);
  }
}

/** @throws QueueFlowError `redis_evicts` when Redis may evict the stream. */
export async function expectNoEviction(redis: RedisConnection): Promise<void> {
  const settings = await readSettings(redis);
  const refusal = evictionRefusal(settings?.get("maxmemory-policy"));
  if (refusal !== undefined) throw refusal;
}
