import type { ConnectedConfig } from "../config/config.ts";
import { isDefect, remedyOf } from "../consume/failure.ts";
import { WorkStatus } from "../consume/work-status.ts";
import type { Log } from "../log/log.ts";
import type { PackingMetrics } from "../metrics/packing-metrics.ts";
import { Packer } from "../reporting/packing/packer.ts";
import { Database } from "../store/database.ts";
import { PrimarySql } from "../store/primary-sql.ts";
import { readBacklog } from "../stream/inspect/read-backlog.ts";
import { closeRedisConnection, openRedisConnection } from "../stream/redis/redis-connection.ts";
import { DATABASE_CLOSE_MS_MAX, type RunningRole } from "./running-role.ts";

export interface PackerRoleOptions {
  readonly log: Log;
  readonly metrics: PackingMetrics;
}

/** Packs stored events into day chunks. Starts before the schema exists, and while servers are away. */
export function startPackerRole(
  { databaseUrl, redisUrl, stream, group }: ConnectedConfig,
  { log, metrics }: PackerRoleOptions,
): RunningRole {
  const database = new Database({ url: databaseUrl, connectionsMax: 1 });
  const sql = new PrimarySql({ url: databaseUrl, connectionsMax: 1 });
  const redis = openRedisConnection({ url: redisUrl, key: stream, log, blockMs: 0 });
  const status = new WorkStatus();
  const stopping = new AbortController();
  const packer = new Packer({
    database,
    sql,
    log,
    metrics,
    isDefect,
    remedyOf,
    commit: async (work) => await status.commit(work),
    settle: (error) => status.settle(error),
    readBacklog: async () =>
      await readBacklog(redis, { stream, group }).then(
        ({ entries }) => entries,
        () => undefined,
      ),
  });
  const done = packer.run(stopping.signal);
  return {
    figures: () => ({
      ...status.figures,
      // It stores no entries.
      lastCommitAt: null,
      unpackedEvents: packer.unpackedEvents ?? null,
    }),
    done,
    stop,
  };

  async function stop(): Promise<void> {
    stopping.abort();
    await done;
    await Promise.all([
      closeRedisConnection(redis),
      database.close(DATABASE_CLOSE_MS_MAX),
      sql.close({ timeout: DATABASE_CLOSE_MS_MAX / 1_000 }),
    ]);
  }
}
