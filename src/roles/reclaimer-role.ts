import { keylessAccess } from "../access/keyless-access.ts";
import type { ConnectedConfig } from "../config/config.ts";
import { type MirrorAttempt, runAccessMirror } from "../consume/access-mirror.ts";
import { runPruner } from "../consume/pruner.ts";
import { runReclaimer } from "../consume/reclaimer.ts";
import { runSaltEraser } from "../consume/salt-eraser.ts";
import { runLossWatch } from "../consume/watches/run-loss-watch.ts";
import { Database } from "../store/database.ts";
import { checkRedis } from "../stream/inspect/check-redis.ts";
import { retainedEntriesMax } from "../stream/stream-marks.ts";
import type { StartState } from "../thread-report.ts";
import { applyOptionalMigrations } from "./optional-migrations.ts";
import { DATABASE_CLOSE_MS_MAX, type RunningRole } from "./running-role.ts";
import { startReport } from "./start-report.ts";
import { type StoringRoleOptions, startStoringRole } from "./storing-role.ts";

export interface ReclaimerRoleOptions
  extends Pick<StoringRoleOptions, "name" | "log" | "metrics" | "isRestarted"> {
  readonly onStart: (state: StartState) => void;
}

/** Takes over entries of failed consumers, trims, removes idle consumers, deletes old events, mirrors sites and keys, and erases salts. */
export function startReclaimerRole(
  config: ConnectedConfig,
  options: ReclaimerRoleOptions,
): RunningRole {
  const { streamLengthMax, databaseUrl, stream, access } = config;
  const { eventsRetentionDays: retentionDays } = config;
  const streamRetainEntries = retainedEntriesMax(config);
  const report = startReport(options.onStart);
  // Nothing waits for keys then.
  if (access === "open") report.access({ isKnown: true, keyless: keylessAccess(access, []) });
  return startStoringRole({
    ...options,
    onServers: report.servers,
    config,
    blockMs: 0,
    check: async (redis, log) => await checkRedis(redis, log, options),
    logsDatabaseWarnings: true,
    beside: async (context, signal) => {
      // Apart, because a long migration must not keep changes of keys from the ingest threads.
      const database = new Database({ url: databaseUrl, connectionsMax: 1 });
      const { redis, log } = context;
      await Promise.all([
        runLossWatch(context, signal),
        runAccessMirror({ redis, database, stream, log, onAttempt }, signal),
        runSaltEraser({ redis, stream, log }, signal),
      ]);
      await database.close(DATABASE_CLOSE_MS_MAX);
    },
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
  function onAttempt({ hasMirror, keys }: MirrorAttempt): void {
    if (access === "open") return;
    report.access({ isKnown: hasMirror, keyless: keys && keylessAccess(access, keys) });
  }
}
