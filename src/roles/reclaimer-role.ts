import type { ConnectedConfig } from "../config/config.ts";
import { runPruner } from "../consume/pruner.ts";
import { runReclaimer } from "../consume/reclaimer.ts";
import { runLossWatch } from "../consume/watches/run-loss-watch.ts";
import { checkRedis } from "../stream/inspect/check-redis.ts";
import { retainedEntriesMax } from "../stream/stream-marks.ts";
import { applyOptionalMigrations } from "./optional-migrations.ts";
import type { RunningRole } from "./running-role.ts";
import { type StoringRoleOptions, startStoringRole } from "./storing-role.ts";

/** Takes over entries of failed consumers, trims, removes idle consumers, deletes old events. */
export function startReclaimerRole(
  config: ConnectedConfig,
  options: Pick<StoringRoleOptions, "name" | "log" | "metrics" | "isRestarted" | "onServers">,
): RunningRole {
  const { streamLengthMax, databaseUrl, stream } = config;
  const { eventsRetentionDays: retentionDays } = config;
  const streamRetainEntries = retainedEntriesMax(config);
  return startStoringRole({
    ...options,
    config,
    blockMs: 0,
    check: async (redis, log) => await checkRedis(redis, log, options),
    logsDatabaseWarnings: true,
    beside: runLossWatch,
    run: async (context, signal) => {
      const { redis } = context;
      const limits = { streamRetainEntries, streamLengthMax, retentionDays };
      await Promise.all([
        runReclaimer({ ...context, ...limits }, signal),
        runPruner({ redis, databaseUrl, stream, retentionDays, log: options.log }, signal),
        applyOptionalMigrations({ databaseUrl, log: options.log }, signal),
      ]);
    },
  });
}
