import type { ConnectedConfig } from "../config/config.ts";
import type { StoringContext } from "../consume/storing-context.ts";
import { WorkStatus } from "../consume/work-status.ts";
import type { Log } from "../log/log.ts";
import type { StoringMetrics } from "../metrics/storing-metrics.ts";
import { Database } from "../store/database.ts";
import {
  closeRedisConnection,
  type RedisConnection,
  waitUntilReady,
} from "../stream/redis/redis-connection.ts";
import type { MissingServers } from "../thread-report.ts";
import { prepare } from "./prepare.ts";
import { DATABASE_CLOSE_MS_MAX, REDIS_READY_MS_MAX, type RunningRole } from "./running-role.ts";

export interface StoringRoleOptions {
  readonly name: string;
  /** Of the shard whose entries it stores. */
  readonly stream: string;
  /** To the shard's server. Closed by `stop`. */
  readonly redis: RedisConnection;
  readonly config: ConnectedConfig;
  readonly log: Log;
  readonly metrics: StoringMetrics;
  readonly isRestarted: boolean;
  /** How many the thread consumes; 1 by default. */
  readonly shardsOfThread?: number;
  /** One thread reports for the process. */
  readonly onServers?: (missing: MissingServers) => void;
  /** One thread logs PostgreSQL's warnings for the process. */
  readonly logsDatabaseWarnings: boolean;
  /** Checks Redis; one thread does so for the process. */
  readonly check: (redis: RedisConnection, log: Log) => Promise<void>;
  /** Runs beside `run`, from before group and schema are prepared. Never rejects. */
  readonly beside?: (context: StoringContext, signal: AbortSignal) => Promise<void>;
  readonly run: (context: StoringContext, signal: AbortSignal) => Promise<void>;
}

export function startStoringRole(options: StoringRoleOptions): RunningRole {
  const { name, stream, redis, config, log, metrics, isRestarted, check, beside, run } = options;
  const database = new Database({
    url: config.databaseUrl,
    connectionsMax: 1,
    ...(options.logsDatabaseWarnings ? { log } : {}),
  });
  const status = new WorkStatus();
  const stopping = new AbortController();
  const { group, processName, batchEntriesMax, claimIdleMs } = config;
  const key = { stream, group, consumer: `${processName}/${name}` };
  const done = work();
  return { figures: () => status.figures, done, stop };

  async function work(): Promise<void> {
    const { signal } = stopping;
    await waitUntilReady(redis, REDIS_READY_MS_MAX);
    const { shardsOfThread = 1 } = options;
    const limits = { batchEntriesMax, claimIdleMs, shardsOfThread };
    const context = { redis, database, key, ...limits, status, metrics, log };
    const isBeside = beside?.(context, signal);
    const { onServers } = options;
    await prepare({ redis, database, key, log, check, status, onServers, isRestarted }, signal);
    await run(context, signal);
    await isBeside;
  }

  async function stop(): Promise<void> {
    stopping.abort();
    await done;
    await Promise.all([closeRedisConnection(redis), database.close(DATABASE_CLOSE_MS_MAX)]);
  }
}
