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

const TEMPLATE = "bench_template";

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
}

/** The database of one measurement. */
export interface BenchDatabase extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
  readonly sql: Sql;
}

/** Starts both servers; `await using` stops them, and the watcher of the folder does if this process is killed. */
export async function startServers(): Promise<BenchServers> {
  await using stack = new AsyncDisposableStack();
  const { log } = recordingLog();
  const embedded = stack.use(
    await startEmbedded({
      dataDir: join(emptyFolder(), "servers"),
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
      return await copyDatabase(admin, { databaseUrl, template, name: `bench_${databases}` });
    },
    [Symbol.asyncDispose]: async () => await kept.disposeAsync(),
  };
}

/** Connections without the engine's settings. */
export function openSql(url: string, connectionsMax: number): Sql {
  return connectPostgres(url, { max: connectionsMax });
}

async function makeTemplate(admin: Sql, databaseUrl: string): Promise<void> {
  await admin.unsafe(`CREATE DATABASE ${TEMPLATE}`);
  const database = new Database({ url: urlOf(databaseUrl, TEMPLATE), connectionsMax: 1 });
  await migrate(database, recordingLog().log);
  await database.close(1_000);
}

async function copyDatabase(
  admin: Sql,
  { databaseUrl, template, name }: { databaseUrl: string; template: string; name: string },
): Promise<BenchDatabase> {
  await admin.unsafe(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  const url = urlOf(databaseUrl, name);
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
