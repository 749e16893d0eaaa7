import { type EmbeddedServers, startEmbedded } from "../../src/embedded/start-embedded.ts";
import { recordingLog } from "./recording-log.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** The first start makes a PostgreSQL cluster, and on a new machine installs Redis before. */
export const SERVERS_START_TIMEOUT_MS = 240_000;

/** Where the servers of this run are. */
export interface TestServers {
  readonly redisUrl: string;
  readonly databaseUrl: string;
}

let started: Promise<EmbeddedServers> | undefined;

/** The one Redis and the one PostgreSQL of this run of the tests, started by the first who asks. */
export async function testServers(): Promise<TestServers> {
  started ??= start({ redis: true, postgres: true });
  const { redisUrl, databaseUrl } = await started;
  if (redisUrl === undefined || databaseUrl === undefined) throw new Error("No server was started");
  return { redisUrl, databaseUrl };
}

/** Stops them when they were started; `preload.ts` calls it at the end of the run. */
export async function stopTestServers(): Promise<void> {
  const servers = await started;
  await servers?.stop();
}

/** A Redis of a test's own, to be killed, stopped or filled up; `await using` stops it. */
export async function ownRedis(): Promise<AsyncDisposable & { readonly redisUrl: string }> {
  const servers = await start({ redis: true, postgres: false });
  const { redisUrl } = servers;
  if (redisUrl === undefined) throw new Error("No Redis was started");
  return { redisUrl, [Symbol.asyncDispose]: async () => await servers.stop() };
}

/** A PostgreSQL of a test's own, to be killed or stopped; `await using` stops it. */
export async function ownPostgres(): Promise<AsyncDisposable & { readonly databaseUrl: string }> {
  const servers = await start({ redis: false, postgres: true });
  const { databaseUrl } = servers;
  if (databaseUrl === undefined) throw new Error("No PostgreSQL was started");
  return { databaseUrl, [Symbol.asyncDispose]: async () => await servers.stop() };
}

async function start(which: { redis: boolean; postgres: boolean }): Promise<EmbeddedServers> {
  const { log } = recordingLog();
  return await startEmbedded({
    ...which,
    dataDir: temporaryFolder("servers"),
    log,
    onFatal: (error) => {
      throw error;
    },
  });
}
