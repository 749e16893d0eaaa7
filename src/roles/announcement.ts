import { wait } from "../async/wait.ts";
import type { ConnectedConfig } from "../config/config.ts";
import type { RedisConnection } from "../stream/redis/redis-connection.ts";
import { announceShards } from "../stream/shards/announced-shards.ts";

const RETRY_MS = 1_000;
/** A failover or a restored copy may lose the announcement while the connection lasts. */
const REPEAT_MS = 60_000;

export interface Announcement {
  readonly stop: () => Promise<void>;
}

/**
 * Announces the shards of this configuration before events are appended to them, and again when the connection is back and every
 * minute, because the first shard's server may have lost them.
 */
export async function startAnnouncement(
  redis: RedisConnection,
  {
    repeatMs = REPEAT_MS,
    ...config
  }: Pick<ConnectedConfig, "stream" | "shards"> & { readonly repeatMs?: number },
): Promise<Announcement> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const announce = async (): Promise<boolean> =>
    await announceShards(redis, config).then(
      () => true,
      () => false,
    );
  const onReady = (): void => void announce();
  redis.on("ready", onReady);
  const running = repeat(await announce());
  return {
    stop: async () => {
      redis.off("ready", onReady);
      stopping.abort();
      await running;
    },
  };

  async function repeat(isFirstDone: boolean): Promise<void> {
    let isDone = isFirstDone;
    while (!signal.aborted) {
      await wait(isDone ? repeatMs : RETRY_MS, signal);
      if (!signal.aborted) isDone = await announce();
    }
  }
}
