import type { ConnectedConfig } from "../config/config.ts";
import { isDefect, remedyOf } from "../consume/failure.ts";
import { WorkStatus } from "../consume/work-status.ts";
import type { Log } from "../log/log.ts";
import type { PackingMetrics } from "../metrics/packing-metrics.ts";
import { Packer } from "../reporting/packing/packer.ts";
import { Database } from "../store/database.ts";
import { PrimarySql } from "../store/primary-sql.ts";
import { readShardBacklogs, sumBacklogs } from "../stream/shards/shard-backlogs.ts";
import { closeShardConnections, openShardConnections } from "../stream/shards/shard-connections.ts";
import { DATABASE_CLOSE_MS_MAX, type RunningRole } from "./running-role.ts";

export interface PackerRoleOptions {
  readonly log: Log;
  readonly metrics: PackingMetrics;
}

/** Packs stored events into day chunks. Starts before the schema exists, and while servers are away. */
export function startPackerRole(
  config: ConnectedConfig,
  { log, metrics }: PackerRoleOptions,
): RunningRole {
  const { databaseUrl } = config;
  const database = new Database({ url: databaseUrl, connectionsMax: 1 });
  const sql = new PrimarySql({ url: databaseUrl, connectionsMax: 1 });
  const shards = openShardConnections(config, { log });
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
    readBacklog: async () => sumBacklogs(await readShardBacklogs(shards))?.entries,
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
      closeShardConnections(shards),
      database.close(DATABASE_CLOSE_MS_MAX),
      sql.close({ timeout: DATABASE_CLOSE_MS_MAX / 1_000 }),
    ]);
  }
}
