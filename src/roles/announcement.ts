import { wait } from "../async/wait.ts";
import type { ConnectedConfig } from "../config/config.ts";
import type { RedisConnection } from "../stream/redis/redis-connection.ts";
import { announceShards } from "../stream/shards/announced-shards.ts";

const RETRY_MS = 1_000;

export interface Announcement {
  readonly stop: () => Promise<void>;
}

/** Announces the shards of this configuration before events are appended to them, and again until the first shard's server answers. */
export async function startAnnouncement(
  redis: RedisConnection,
  config: Pick<ConnectedConfig, "stream" | "shards">,
): Promise<Announcement> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const announce = async (): Promise<boolean> =>
    await announceShards(redis, config).then(
      () => true,
      () => false,
    );
  const running = (await announce()) ? undefined : repeat();
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };

  async function repeat(): Promise<void> {
    do await wait(RETRY_MS, signal);
    while (!signal.aborted && !(await announce()));
  }
}
