import { accessUnknown } from "../access/access-unknown.ts";
import { NetworkSet } from "../access/network.ts";
import { isLoopback } from "../api-address.ts";
import { shareEqual } from "../async/share-equal.ts";
import { shareInFlight } from "../async/share-in-flight.ts";
import type { Certificate } from "../certificate.ts";
import type { ConnectedConfig } from "../config/config.ts";
import { READ_CONNECTIONS } from "../config/postgres-connections.ts";
import { remedyOf } from "../consume/failure.ts";
import { errorText, QueueFlowError } from "../errors.ts";
import { type HealthProbe, startHealthProbe } from "../health/health-probe.ts";
import { healthReport } from "../health/health-report.ts";
import { partGauges } from "../health/part-gauges.ts";
import { shardGauges } from "../health/shard-gauges.ts";
import { knownAccess } from "../http/access/identify.ts";
import { type AppParts, buildApp } from "../http/app.ts";
import { atMost } from "../http/at-most.ts";
import { clientAddresses } from "../http/client-address.ts";
import { FairReads } from "../http/fair-reads.ts";
import { hostPolicy } from "../http/host-header.ts";
import type { Listener } from "../http/listener.ts";
import { askLive } from "../http/live/ask-live.ts";
import { LiveStreams } from "../http/live/live-streams.ts";
import { pathNames } from "../http/path-names.ts";
import { ReadTurns } from "../http/read-turns.ts";
import type { Log } from "../log/log.ts";
import { Outage } from "../log/outage.ts";
import { gaugesText } from "../metrics/gauges.ts";
import type { IngestMetrics } from "../metrics/ingest-metrics.ts";
import { ReportThreads } from "../reporting/questions/report-threads.ts";
import { databaseAddress, serverAddress } from "../server-address.ts";
import { listDefinitions } from "../store/access/definitions.ts";
import { Database } from "../store/database.ts";
import { findStored } from "../store/inspect/find-stored.ts";
import { listReadableSites } from "../store/reports/list-readable-sites.ts";
import { readSitesOverview } from "../store/reports/read-sites-overview.ts";
import { readStats } from "../store/reports/read-stats.ts";
import { confirmClock, trustedNowMs } from "../stream/check-clocks.ts";
import { ensureGroup } from "../stream/create-group.ts";
import { EvictionGuard } from "../stream/eviction-guard.ts";
import { StoredWatch } from "../stream/inspect/stored-watch.ts";
import { RedisClock } from "../stream/redis/redis-clock.ts";
import {
  closeRedisConnection,
  openRedisConnection,
  waitUntilReady,
} from "../stream/redis/redis-connection.ts";
import { closeShardConnections, openShardConnections } from "../stream/shards/shard-connections.ts";
import type { ThreadFigures, ThreadReport } from "../thread-report.ts";
import { startAccessView } from "./access-view.ts";
import { startAnnouncement } from "./announcement.ts";
import { startBrowserSources } from "./browser-sources.ts";
import { startDailySalts } from "./daily-salts.ts";
import { startIngestLimits } from "./ingest-limits.ts";
import { startListeners } from "./listeners.ts";
import { openProducer } from "./open-producer.ts";
import { DATABASE_CLOSE_MS_MAX, REDIS_READY_MS_MAX, type RunningRole } from "./running-role.ts";
import { startSessionView } from "./session-view.ts";

/** Each waits for one of `READ_CONNECTIONS`. */
const DEFINITION_READS_MAX = 64;
/** Likewise, for up to a second each with thousands of sites: others who read must not wait for long. */
const SITE_LISTS_MAX = 8;
const NO_FIGURES: ThreadFigures = { workAgeMs: 0, lastCommitAt: null, error: null };

export interface IngestRoleOptions {
  readonly log: Log;
  readonly certificate?: Certificate | undefined;
  /** The first thread to listen checks that the port is free. */
  readonly isFirst: boolean;
  readonly threads: () => readonly ThreadReport[];
  readonly metrics: IngestMetrics;
  readonly readProcessMetrics: () => Promise<string>;
}

type Servers = ReturnType<typeof openServers>;

/**
 * Serves HTTP, even while Redis is away: events are then refused with 503.
 *
 * @throws QueueFlowError `port_unavailable`.
 */
export async function startIngestRole(
  config: ConnectedConfig,
  options: IngestRoleOptions,
): Promise<RunningRole> {
  const { log, threads, metrics } = options;
  const { stream } = config;
  const browsers = await startBrowserSources(config, { log });
  const servers = openServers(config, log);
  const { redis, shards, clock, statsDatabase, probedDatabase } = servers;
  const appendOutage = new Outage(log, {
    began: "Redis appends failed; events are refused with 503",
    ended: "Redis appends events again",
    remedyOf,
  });
  const ingestLimits = startIngestLimits(config, { redis, clock, log });
  const view = startAccessView(config, { redis, log, onDocument: ingestLimits.setSubjects });
  const { access } = view;
  const sessionView = startSessionView(config, { redis, log });
  const daily = startDailySalts(config, { redis, log });
  const producer = openProducer(shards, config, { metrics, flushes: appendOutage, log });
  await Promise.all(shards.map(async (shard) => await prepareShard(shard, log)));
  const announcement = await startAnnouncement(redis, config);
  let isStopping = false;
  const health = startHealthProbe({
    shards,
    database: probedDatabase,
    clock,
    checkReady,
    threads,
  });
  const reads = new FairReads({
    read: async (query) => await readStats(statsDatabase, query),
    runningMax: READ_CONNECTIONS,
  });
  const reports = new ReportThreads(config.reportWorkers);
  const askReport: AppParts["askReport"] = async (question, signal) =>
    await reports.ask(question, signal);
  const { readBacklog } = health;
  const live = new LiveStreams(askLive({ askReport, readBacklog }), () => reports.expectAny());
  const storedWatches = new Map(
    shards.map(({ redis: ofShard, key }) => [key.stream, new StoredWatch(ofShard, key)]),
  );
  const parts: Omit<AppParts, "addresses" | "hosts" | "isSecure" | "setIdleTimeout"> = {
    // A change is rare, and a probe may wait for it.
    accessServers: {
      database: probedDatabase,
      redis,
      stream,
      shards,
      replicasMin: config.redisReplicasMin,
    },
    statusServers: {
      redisAddress: serverAddress(config.redisUrl),
      postgresAddress: databaseAddress(config.databaseUrl),
      config,
    },
    producer,
    keptQuery: new Set(config.keptQuery),
    access,
    sessions: sessionView.sessions,
    cookiePath: `${config.basePath}/`,
    limits: ingestLimits.limits,
    salts: daily.salts,
    ...browsers.sources,
    pathNames: pathNames(config),
    basePath: config.basePath,
    confirm: {
      waitUntilFinished: async ({ stream: key, entryId }, deadlineMs) =>
        (await storedWatches.get(key)?.waitUntilFinished(entryId, deadlineMs)) === true,
      findStored: async (sent) => await findStored(statsDatabase, sent),
      timeoutMs: config.waitTimeoutMs,
    },
    confirmClock: async () =>
      await confirmClock(clock, redis).catch((error: unknown) => {
        appendOutage.failed(error);
        throw error;
      }),
    readNowMs: async () => await trustedNowMs(clock),
    readStats: async (query) => await reads.ask(query),
    listReadableSites: shareEqual(
      atMost(SITE_LISTS_MAX, async (search) => await listReadableSites(statsDatabase, search)),
    ),
    readSitesOverview: shareEqual(
      atMost(SITE_LISTS_MAX, async (asked) => await readSitesOverview(statsDatabase, asked)),
    ),
    readDefinitions: atMost(
      DEFINITION_READS_MAX,
      async (key) => await listDefinitions(statsDatabase, key),
    ),
    askReport,
    live,
    statsReads: new Outage(log, {
      began: "PostgreSQL failed to read stats; they are refused with 503",
      ended: "PostgreSQL reads stats again",
      remedyOf,
    }),
    readBacklog,
    readHealth: async () => healthReport(await health.parts(), Date.now()),
    readMetrics: shareInFlight(async () => await readMetrics(health, config, options), 0),
    checkReady,
    turns: new ReadTurns(),
    metrics,
    log,
  };
  const trusted = new NetworkSet(config.trustedProxies);
  const listeners = startListeners(
    {
      app: buildAppFor(config.operatePort === 0 ? "whole" : "public", config.apiHost),
      buildOperateApp: () => buildAppFor("operate", config.operateHost),
    },
    { config, ...options },
  );
  const done = Promise.withResolvers<void>();
  const { exchange } = ingestLimits;
  const { renewCertificate } = listeners;
  return {
    figures: () => NO_FIGURES,
    exchange,
    renewCertificate,
    joinPeer: (peer, port) => reports.join(peer, port),
    done: done.promise,
    stop,
  };

  function buildAppFor(listener: Listener, host: string) {
    const peerOf = (request: Request): string | undefined =>
      app.server?.requestIP(request)?.address;
    const addresses = clientAddresses(peerOf, trusted);
    const hosts = hostPolicy(isLoopback(host), config.allowedHosts);
    const isSecure = listener !== "operate" && config.tlsFiles !== undefined;
    const setIdleTimeout: AppParts["setIdleTimeout"] = (request, seconds) =>
      app.server?.timeout(request, seconds);
    const app = buildApp({ ...parts, addresses, hosts, isSecure, setIdleTimeout }, listener);
    return app;
  }

  async function checkReady(): Promise<void> {
    if (isStopping) throw new QueueFlowError("shutting_down", "The server is shutting down");
    if ((await knownAccess(access)).kind === "unknown") throw accessUnknown();
    await producer.checkAppend();
  }

  async function stop(): Promise<void> {
    isStopping = true;
    live.stop();
    await listeners.stop();
    health.stop();
    await announcement.stop();
    for (const { guard } of shards) guard.stop();
    await producer.drained();
    await view.stop();
    await sessionView.stop();
    await daily.stop();
    await browsers.stop();
    await ingestLimits.stop();
    await Promise.all([
      closeShardConnections(shards),
      ...shards.flatMap(({ appends, secondAppends }) => [
        closeRedisConnection(appends),
        ...(secondAppends === undefined ? [] : [closeRedisConnection(secondAppends)]),
      ]),
      statsDatabase.close(DATABASE_CLOSE_MS_MAX),
      probedDatabase.close(DATABASE_CLOSE_MS_MAX),
    ]);
    done.resolve();
  }
}

function openServers(config: ConnectedConfig, log: Log) {
  const { redisUrl, databaseUrl: url, redisReplicasMin } = config;
  const probed = openShardConnections(config, { log });
  const [first] = probed;
  if (first === undefined) throw new QueueFlowError("internal", "A stream without a shard");
  const { redis } = first;
  const guards = new Map(probed.map((shard) => [shard.redis, new EvictionGuard(shard.redis)]));
  return {
    /** Of the first shard. */
    redis,
    shards: probed.map((shard) => {
      const open = () => openRedisConnection({ url: redisUrl, key: shard.key.stream, blockMs: 0 });
      return {
        ...shard,
        /** Apart from probes: appends leave a replica every second, which would make Redis look down. `redis` logs for both. */
        appends: open(),
        ...(redisReplicasMin === 0 ? {} : { secondAppends: open() }),
        guard: guards.get(shard.redis) ?? new EvictionGuard(shard.redis),
      };
    }),
    clock: new RedisClock(redis),
    statsDatabase: new Database({ url, connectionsMax: READ_CONNECTIONS, isForReading: true }),
    /** Separate, so that a probe does not wait for reads. */
    probedDatabase: new Database({ url, connectionsMax: 1 }),
  };
}

/** Creates the consumer group before anything is appended, so that the group misses nothing. A consumer creates it at `0`. */
async function prepareShard(
  { redis, appends, key, guard }: Servers["shards"][number],
  log: Log,
): Promise<void> {
  await Promise.all([redis, appends].map((each) => waitUntilReady(each, REDIS_READY_MS_MAX)));
  await guard.check();
  try {
    await ensureGroup(redis, key, log);
  } catch (error) {
    log.warn({ error: errorText(error) }, "Consumer group not created; left to the consumers");
  }
}

async function readMetrics(
  health: HealthProbe,
  { streamLengthMax }: ConnectedConfig,
  { readProcessMetrics }: IngestRoleOptions,
): Promise<string> {
  const [ofProcess, parts] = await Promise.all([readProcessMetrics(), health.parts()]);
  const gauges = [...partGauges(parts, streamLengthMax), ...shardGauges(parts.shards)];
  return `${ofProcess}\n${await gaugesText(gauges)}`;
}
