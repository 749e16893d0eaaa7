import type { Log } from "../log/log.ts";
import type { StoringMetrics } from "../metrics/storing-metrics.ts";
import type { Database } from "../store/database.ts";
import type { ConsumerKey } from "../stream/consumer-group.ts";
import type { RedisConnection } from "../stream/redis/redis-connection.ts";
import type { WorkStatus } from "./work-status.ts";

export interface StoringContext {
  readonly redis: RedisConnection;
  readonly database: Database;
  readonly key: ConsumerKey;
  readonly batchEntriesMax: number;
  /** 1 by default. */
  readonly shardsOfThread?: number;
  /** The reclaimer takes over entries idle for longer. */
  readonly claimIdleMs: number;
  readonly status: WorkStatus;
  readonly metrics: StoringMetrics;
  readonly log: Log;
}
