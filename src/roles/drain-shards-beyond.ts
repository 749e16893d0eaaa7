import { every } from "../async/every.ts";
import type { ConnectedConfig } from "../config/config.ts";
import type { Log } from "../log/log.ts";
import type { RedisConnection } from "../stream/redis/redis-connection.ts";
import { readShardsBeyond } from "../stream/shards/announced-shards.ts";
import type { RunningRole } from "./running-role.ts";

const INTERVAL_MS = 2_000;

export interface DrainOptions {
  /** To the first shard's server. */
  readonly redis: RedisConnection;
  readonly config: Pick<ConnectedConfig, "stream" | "shards">;
  readonly log: Log;
  readonly start: (stream: string) => RunningRole;
}

/**
 * Stores what producers with more shards append, or have left behind, until `signal` aborts.
 *
 * @throws what such a role does.
 */
export async function drainShardsBeyond(
  { redis, config, log, start }: DrainOptions,
  signal: AbortSignal,
): Promise<void> {
  const roles = new Map<string, RunningRole>();
  const failure = Promise.withResolvers<never>();
  try {
    await Promise.race([every(INTERVAL_MS, look, signal), failure.promise]);
  } finally {
    await Promise.all(Array.from(roles.values(), async ({ stop }) => await stop()));
  }

  async function look(): Promise<void> {
    // The connection itself logs when it is lost.
    const streams = await readShardsBeyond(redis, config).catch(() => []);
    for (const stream of streams) {
      if (roles.has(stream) || signal.aborted) continue;
      log.info({ stream }, "A shard beyond REDIS_SHARDS is stored too");
      const role = start(stream);
      roles.set(stream, role);
      role.done.catch(failure.reject);
    }
  }
}
