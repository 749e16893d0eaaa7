import { join } from "node:path";
import type { Sql } from "postgres";
import { startEmbedded } from "../src/embedded/start-embedded.ts";
import { Database } from "../src/store/database.ts";
import { migrate } from "../src/store/schema/migrate.ts";
import {
  closeRedisConnection,
  openRedisConnection,
  type RedisConnection,
  waitUntilReady,
} from "../src/stream/redis/redis-connection.ts";
import { connectPostgres } from "../test/support/connect.ts";
import { emptyFolder } from "../test/support/engine.ts";
import { recordingLog } from "../test/support/recording-log.ts";
import { postgresPids, redisPid } from "../test/support/server-processes.ts";
import { pin } from "./machine/pin.ts";
import type { Placement } from "./machine/placement.ts";

/** Databases that do not outlast the run. */
const TEMPORARY = "bench_";
const TEMPLATE = `${TEMPORARY}template`;

/** The embedded Redis and PostgreSQL of a run, with the engine's settings, in a temporary folder. */
export interface BenchServers extends AsyncDisposable {
  readonly redisUrl: string;
  readonly redis: RedisConnection;
  readonly redisVersion: string;
  readonly postgresVersion: string;
  /** For databases and checkpoints. */
  readonly admin: Sql;
  /** Moves both servers to their cores, and the processes that they will start. */
  place(placement: Placement): Promise<void>;
  /** Copies a database, by default an empty one with the engine's schema; `await using` drops the copy. */
  newDatabase(template?: string): Promise<BenchDatabase>;
  /** Opens a database that an earlier call, or an earlier run on the same folder, has filled; otherwise fills it. */
  filledDatabase(name: string, fill: Fill): Promise<BenchDatabase>;
}

export type Fill = (database: BenchDatabase) => Promise<void>;

/** The database of one measurement, or a filled one of several. */
export interface BenchDatabase extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
  readonly sql: Sql;
}

/**
 * Starts both servers; `await using` stops them, and the watcher of the folder does if this process is killed.
 *
 * @param keep the folder of the servers, which stays; a temporary one by default.
 */
export async function startServers(keep = emptyFolder()): Promise<BenchServers> {
  await using stack = new AsyncDisposableStack();
  const { log } = recordingLog();
  const embedded = stack.use(
    await startEmbedded({
      dataDir: join(keep, "servers"),
      redis: true,
      postgres: true,
      log,
      onFatal: (error) => {
        throw error;
      },
    }),
  );
  const { redisUrl = "", databaseUrl = "" } = embedded;
  const redis = openRedisConnection({ url: redisUrl, log, blockMs: 60_000 });
  await waitUntilReady(redis, 10_000);
  stack.defer(async () => await closeRedisConnection(redis));
  const admin = openSql(databaseUrl, 1);
  stack.defer(async () => await admin.end({ timeout: 1 }));
  await dropLeftDatabases(admin);
  await makeTemplate(admin, databaseUrl);
  let databases = 0;
  const kept = stack.move();
  return {
    redisUrl,
    redis,
    redisVersion: embedded.redisVersion ?? "unknown",
    postgresVersion: embedded.postgresVersion ?? "unknown",
    admin,
    async place(placement) {
      pin(placement.redis, [await redisPid(redis)]);
      pin(placement.postgres, await postgresPids(admin));
    },
    async newDatabase(template = TEMPLATE) {
      databases += 1;
      const name = `${TEMPORARY}${databases}`;
      return await copyDatabase(admin, { url: urlOf(databaseUrl, name), template, name });
    },
    async filledDatabase(name, fill) {
      const url = urlOf(databaseUrl, name);
      const [found] = await admin`SELECT FROM pg_database WHERE datname = ${name}`;
      if (found === undefined) await fillNew(admin, { name, databaseUrl, fill });
      const sql = openSql(url, 1);
      return { name, url, sql, [Symbol.asyncDispose]: async () => await sql.end({ timeout: 1 }) };
    },
    [Symbol.asyncDispose]: async () => await kept.disposeAsync(),
  };
}

/** Connections without the engine's settings. */
export function openSql(url: string, connectionsMax: number): Sql {
  return connectPostgres(url, { max: connectionsMax });
}

/** Of a run that was killed. */
async function dropLeftDatabases(admin: Sql): Promise<void> {
  const left =
    await admin`SELECT datname FROM pg_database WHERE starts_with(datname, ${TEMPORARY})`;
  for (const { datname } of left) await admin.unsafe(`DROP DATABASE ${datname} WITH (FORCE)`);
}

/** Gives it its name when it is full, so that an interrupted fill is not taken for a filled database. */
async function fillNew(
  admin: Sql,
  { name, databaseUrl, fill }: { name: string; databaseUrl: string; fill: Fill },
): Promise<void> {
  const unfinished = `${TEMPORARY}${name}`;
  await admin.unsafe(`CREATE DATABASE ${unfinished} TEMPLATE ${TEMPLATE}`);
  const url = urlOf(databaseUrl, unfinished);
  const sql = openSql(url, 1);
  await fill({
    name: unfinished,
    url,
    sql,
    [Symbol.asyncDispose]: async () => await sql.end({ timeout: 1 }),
  });
  await sql.end({ timeout: 1 });
  await admin.unsafe(`ALTER DATABASE ${unfinished} RENAME TO ${name}`);
}

async function makeTemplate(admin: Sql, databaseUrl: string): Promise<void> {
  await admin.unsafe(`CREATE DATABASE ${TEMPLATE}`);
  const database = new Database({ url: urlOf(databaseUrl, TEMPLATE), connectionsMax: 1 });
  await migrate(database, recordingLog().log);
  await database.close(1_000);
}

async function copyDatabase(
  admin: Sql,
  { url, template, name }: { url: string; template: string; name: string },
): Promise<BenchDatabase> {
  await admin.unsafe(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  const sql = openSql(url, 1);
  return {
    name,
    url,
    sql,
    async [Symbol.asyncDispose]() {
      await sql.end({ timeout: 1 });
      // With FORCE, because the backend of a killed engine may not have noticed yet.
      await admin.unsafe(`DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

function urlOf(databaseUrl: string, name: string): string {
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  return url.href;
}
