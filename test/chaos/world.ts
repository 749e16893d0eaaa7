import { join } from "node:path";
import postgres, { type Sql } from "postgres";
import { type EmbeddedServers, startEmbedded } from "../../src/embedded/start-embedded.ts";
import type { GroupKey } from "../../src/stream/consumer-group.ts";
import type { RedisConnection } from "../../src/stream/redis/redis-connection.ts";
import { emptyFolder } from "../support/engine.ts";
import { recordingLog } from "../support/recording-log.ts";
import { openServerProxies, type TcpProxy } from "../support/tcp-proxy.ts";
import { testPort } from "../support/test-port.ts";
import { EngineSlot } from "./engine-slot.ts";
import type { History } from "./history.ts";
import { Ledger } from "./ledger.ts";
import { openOwnRedis } from "./own-redis.ts";
import { signalServer } from "./server-signals.ts";

/** Claims entries sooner than a consumer gives up a batch. */
const CLAIM_IDLE_MS = 3_000;
/** Few, so that the engine trims. */
export const STREAM_RETAIN_ENTRIES = 100;
/** Few enough for a backlog of some seconds to reach the limit. */
export const STREAM_LENGTH_MAX = 3_000;
export const BATCH_ENTRIES_MAX = 300;

/** The engines and servers of a round. */
export interface World extends AsyncDisposable {
  /** The folder of the embedded servers, which restart when they fail. */
  readonly dataDir: string;
  readonly engine: EngineSlot;
  /** Absent most of the time. */
  readonly secondEngine: EngineSlot;
  /** Between the engines and their servers. */
  readonly redisProxy: TcpProxy;
  readonly postgresProxy: TcpProxy;
  /** For checks and faults; bypasses the proxies. */
  readonly redis: RedisConnection;
  readonly sql: Sql;
  readonly databaseUrl: string;
  readonly key: GroupKey;
  readonly ledger: Ledger;
  /** Ends all faults that are still in effect. */
  heal(): void;
}

/** Starts servers with proxies in front of them, and no engine. */
export async function openWorld(history: History): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const dataDir = join(emptyFolder(), "servers");
  const servers = stack.use(await startServers(dataDir, history));
  const { redisUrl = "", databaseUrl = "" } = servers;
  const proxies = stack.use(openServerProxies(redisUrl, databaseUrl));
  const { redisProxy, postgresProxy } = proxies;
  const redis = await openOwnRedis(redisUrl);
  stack.defer(() => redis.disconnect());
  const sql = postgres(databaseUrl, {
    max: 2,
    onnotice: () => undefined,
    // Overrides the settings of faults.
    connection: { default_transaction_read_only: false, lock_timeout: 0 },
  });
  stack.defer(async () => await sql.end({ timeout: 1 }));
  const key = { stream: "events_stream", group: "analytics_workers" };
  const env = {
    ...proxies.env,
    CLAIM_IDLE_MS: String(CLAIM_IDLE_MS),
    STREAM_RETAIN_ENTRIES: String(STREAM_RETAIN_ENTRIES),
    STREAM_LENGTH_MAX: String(STREAM_LENGTH_MAX),
    BATCH_ENTRIES_MAX: String(BATCH_ENTRIES_MAX),
    INGEST_WORKERS: "2",
    CONSUMER_WORKERS: "2",
  };
  const slot = (name: string, own: Readonly<Record<string, string>> = {}) => {
    const port = { API_PORT: String(testPort()) };
    return new EngineSlot(name, { env: { ...env, ...port, ...own }, cwd: emptyFolder(), history });
  };
  const engine = slot("engine");
  const secondEngine = slot("second engine", { INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" });
  const heal = () => {
    for (const proxy of [redisProxy, postgresProxy]) {
      proxy.mode = "pass";
      proxy.delayMs = 0;
    }
    for (const server of ["redis", "postgres"] as const) signalServer(dataDir, server, "SIGCONT");
    for (const each of [engine, secondEngine]) each.resume();
  };
  stack.defer(async () => {
    heal();
    await Promise.all([engine.kill(), secondEngine.kill()]);
  });
  const kept = stack.move();
  return {
    dataDir,
    engine,
    secondEngine,
    redisProxy,
    postgresProxy,
    redis,
    sql,
    databaseUrl,
    key,
    ledger: new Ledger(),
    heal,
    [Symbol.asyncDispose]: async () => await kept.disposeAsync(),
  };
}

async function startServers(dataDir: string, history: History): Promise<EmbeddedServers> {
  return await startEmbedded({
    dataDir,
    usesPorts: true,
    redis: true,
    postgres: true,
    log: recordingLog().log,
    onFatal: (error) => history.fail(error.message),
  });
}
