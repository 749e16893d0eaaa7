import type { ConnectedConfig } from "../config/config.ts";
import type { Log } from "../log/log.ts";
import type { RedisConnection } from "../stream/redis/redis-connection.ts";
import { DailySalts } from "../stream/visitors/daily-salts.ts";

export interface RunningSalts {
  readonly salts: Pick<DailySalts, "saltAt">;
  readonly stop: () => Promise<void>;
}

export function startDailySalts(
  { stream }: Pick<ConnectedConfig, "stream">,
  { redis, log }: { readonly redis: RedisConnection; readonly log: Log },
): RunningSalts {
  const salts = new DailySalts(redis, { stream, log });
  const stopping = new AbortController();
  const running = salts.run(stopping.signal);
  return {
    salts,
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
