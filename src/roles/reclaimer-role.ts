import { keylessAccess } from "../access/keyless-access.ts";
import type { ConnectedConfig } from "../config/config.ts";
import { type MirrorAttempt, runAccessMirror } from "../consume/access-mirror.ts";
import { runPruner } from "../consume/pruner.ts";
import { runReclaimer } from "../consume/reclaimer.ts";
import { runSaltEraser } from "../consume/salt-eraser.ts";
import { runLossWatch } from "../consume/watches/run-loss-watch.ts";
import type { Reading } from "../event/retention.ts";
import type { Log } from "../log/log.ts";
import { isRedisCluster } from "../server-address.ts";
import { Database } from "../store/database.ts";
import { checkRedis } from "../stream/inspect/check-redis.ts";
import { readAllRetentionClocks } from "../stream/inspect/read-all-retention-clocks.ts";
import { openRedisConnection } from "../stream/redis/redis-connection.ts";
import type { ShardConnection } from "../stream/shards/shard-connections.ts";
import { shardStreams } from "../stream/shards/shard-streams.ts";
import { retainedEntriesMax, shardLengthMax } from "../stream/stream-marks.ts";
import type { StartState } from "../thread-report.ts";
import { startConsumerOf } from "./consumer-role.ts";
import { drainShardsBeyond } from "./drain-shards-beyond.ts";
import { onShards } from "./on-shards.ts";
import { applyOptionalMigrations } from "./optional-migrations.ts";
import { DATABASE_CLOSE_MS_MAX, type RunningRole } from "./running-role.ts";
import { shardLog } from "./shard-log.ts";
import { startReport } from "./start-report.ts";
import { type StoringRoleOptions, startStoringRole } from "./storing-role.ts";

/** In the names of consumers. */
const DRAINER = "drainer";

export interface ReclaimerRoleOptions
  extends Pick<StoringRoleOptions, "name" | "log" | "metrics" | "isRestarted"> {
  readonly onStart: (state: StartState) => void;
}

/** Takes over entries of failed consumers, trims, removes idle consumers, deletes old events, mirrors sites and keys, and erases salts. */
export function startReclaimerRole(
  config: ConnectedConfig,
  options: ReclaimerRoleOptions,
): RunningRole {
  const shards = shardStreams(config).map((stream) => openShard(stream, { config, options }));
  return onShards(
    shards.map((shard, index) =>
      index === 0
        ? startFirst(shard, { config, options, others: shards.slice(1) })
        : startOther(shard, { config, options }),
    ),
  );
}

interface Shard extends ShardConnection {
  readonly log: Log;
}

interface RoleParts {
  readonly config: ConnectedConfig;
  readonly options: ReclaimerRoleOptions;
}

function openShard(stream: string, { config, options }: RoleParts): Shard {
  const log = shardLog(options.log, { config, stream });
  const redis = openRedisConnection({ url: config.redisUrl, key: stream, log, blockMs: 0 });
  return { key: { stream, group: config.group }, redis, log };
}

/** Also does what a process does once. */
function startFirst(
  first: Shard,
  { config, options, others }: RoleParts & { readonly others: readonly Shard[] },
): RunningRole {
  const {
    key: { stream },
    redis,
    log,
  } = first;
  const { databaseUrl, access } = config;
  const { eventsRetentionDays: retentionDays } = config;
  const report = startReport(options.onStart);
  // Nothing waits for keys then.
  if (access === "open") report.access({ isKnown: true, keyless: keylessAccess(access, []) });
  return startStoringRole({
    ...options,
    stream,
    redis,
    log,
    onServers: report.servers,
    config,
    check: async (_, ofCheck) => await checkRedis(redis, ofCheck, options),
    logsDatabaseWarnings: true,
    beside: async (context, signal) => {
      // Apart, because a long migration must not keep changes of keys from the ingest threads.
      const database = new Database({ url: databaseUrl, connectionsMax: 1 });
      await Promise.all([
        runLossWatch(context, signal),
        runAccessMirror({ redis, database, stream, log, onAttempt }, signal),
        runSaltEraser({ redis, stream, log }, signal),
      ]);
      await database.close(DATABASE_CLOSE_MS_MAX);
    },
    run: async (context, signal) => {
      await Promise.all([
        runReclaimer({ ...context, ...limitsOf(config), watchesServer: true }, signal),
        runPruner({ readClocks, databaseUrl, retentionDays, log: options.log }, signal),
        applyOptionalMigrations({ databaseUrl, log: options.log }, signal),
        config.consumerWorkers > 0
          ? drainShardsBeyond({ redis, config, log: options.log, start: startDraining }, signal)
          : undefined,
      ]);
    },
  });

  async function readClocks(): Promise<readonly Reading[]> {
    return await readAllRetentionClocks([first, ...others], config);
  }

  /** Consumes it too, since no consumer of this process does. */
  function startDraining(beyond: string): RunningRole {
    const opened = openShard(beyond, { config, options });
    const consumer = startConsumerOf(beyond, { config, options: { ...options, name: DRAINER } });
    return onShards([startOther(opened, { config, options }), consumer]);
  }

  function onAttempt({ hasMirror, keys }: MirrorAttempt): void {
    if (access === "open") return;
    report.access({ isKnown: hasMirror, keyless: keys && keylessAccess(access, keys) });
  }
}

/** Elsewhere than on a cluster, the server is that of the first shard. */
function startOther(
  { key: { stream }, redis, log }: Shard,
  { config, options }: RoleParts,
): RunningRole {
  const watchesServer = isRedisCluster(config.redisUrl);
  return startStoringRole({
    ...options,
    stream,
    redis,
    log,
    config,
    check: async (_, ofCheck) => {
      if (watchesServer) await checkRedis(redis, ofCheck, options);
    },
    logsDatabaseWarnings: false,
    beside: runLossWatch,
    run: async (context, signal) =>
      await runReclaimer({ ...context, ...limitsOf(config), watchesServer }, signal),
  });
}

function limitsOf(config: ConnectedConfig) {
  return {
    streamRetainEntries: retainedEntriesMax(config),
    streamLengthMax: shardLengthMax(config),
    retentionDays: config.eventsRetentionDays,
  };
}
