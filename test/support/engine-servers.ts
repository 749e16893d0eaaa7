import { afterAll, beforeAll, expect } from "bun:test";
import postgres, { type Sql } from "postgres";
import { MIGRATIONS } from "../../src/store/schema/migrations.ts";
import type { GroupKey } from "../../src/stream/consumer-group.ts";
import {
  closeRedisConnection,
  type RedisConnection,
} from "../../src/stream/redis/redis-connection.ts";
import { checkInvariants } from "./check-invariants.ts";
import { type Engine, startEngine } from "./engine.ts";
import { eventually } from "./eventually.ts";
import { SERVERS_START_TIMEOUT_MS, testServers } from "./servers.ts";
import { type DatabaseSource, openTestDatabase, TEST_CLIENT } from "./test-database.ts";
import { connected } from "./test-stream.ts";

/** For a slow, busy machine; less than the timeout of a test, to report the backlog. */
const DRAIN_MS_MAX = 110_000;

/** A database and a stream that no other test uses. */
export interface EngineServers extends AsyncDisposable {
  /** The engine's variables for them. */
  readonly env: Readonly<Record<string, string>>;
  readonly key: GroupKey;
  /** Reads the tables independently of the engine. */
  readonly sql: Sql;
  /** Reads the stream, and appends to it as another program. */
  readonly redis: RedisConnection;
}

let streams = 0;

/**
 * Creates an empty database and a stream key, on the shared servers unless others are given; `await using` removes both.
 * Declare it before the engine, so that it is disposed of after the engine.
 */
export async function openEngineServers(
  own: {
    readonly redisUrl?: string;
    /** Only on a Redis of the test's own. */
    readonly stream?: string;
    readonly databaseUrl?: string;
    readonly database?: DatabaseSource;
  } = {},
): Promise<EngineServers> {
  const { database: source = "empty" } = own;
  const database = own.databaseUrl === undefined ? await openTestDatabase(source) : undefined;
  const databaseUrl = database?.url ?? own.databaseUrl ?? "";
  const sql = database?.sql ?? postgres(databaseUrl, TEST_CLIENT);
  const redisUrl = own.redisUrl ?? (await testServers()).redisUrl;
  streams += 1;
  const stream = own.stream ?? `engine_events_${process.pid}_${streams}`;
  const key = { stream, group: "analytics_workers" };
  const redis = await connected(redisUrl, 0, key.stream);
  return {
    env: { REDIS_URL: redisUrl, DATABASE_URL: databaseUrl, REDIS_STREAM: key.stream },
    key,
    sql,
    redis,
    async [Symbol.asyncDispose]() {
      await redis.del(key.stream).catch(() => undefined); // An own Redis may be gone.
      await closeRedisConnection(redis);
      if (database === undefined) await sql.end({ timeout: 1 });
      else await database[Symbol.asyncDispose]();
    },
  };
}

/** An engine with its servers. The members throw before the file's first test. */
export interface TestEngine {
  readonly engine: Engine;
  readonly servers: EngineServers;
}

/** Called at the top level of a test file: runs one engine, which has migrated its database, for all of its tests. */
export function useEngine(env: Readonly<Record<string, string>> = {}): TestEngine {
  let servers: EngineServers | undefined;
  let engine: Engine | undefined;
  const present = <Thing>(thing: Thing | undefined): Thing => {
    if (thing === undefined) throw new Error("The engine runs from the first test on");
    return thing;
  };
  beforeAll(async () => {
    servers = await openEngineServers();
    engine = await startEngine({ env: { ...servers.env, ...env } });
    await untilMigrated(engine);
  }, SERVERS_START_TIMEOUT_MS);
  afterAll(async () => {
    await engine?.[Symbol.asyncDispose]();
    await servers?.[Symbol.asyncDispose]();
  }, 60_000);
  return {
    get engine() {
      return present(engine);
    },
    get servers() {
      return present(servers);
    },
  };
}

/**
 * Waits until an engine that found an empty database has applied all migrations. Until then it locks tables and commits, and
 * reads may find a table missing.
 */
export async function untilMigrated({ output }: Pick<Engine, "output">): Promise<void> {
  for (const { version } of MIGRATIONS) {
    await output.record(
      (record) => record.msg === "Migration applied" && record["version"] === version,
    );
  }
}

/** Waits until the group has no backlog: no entry is pending or undelivered. */
export async function untilDrained({
  redis,
  key,
}: Pick<EngineServers, "redis" | "key">): Promise<void> {
  await eventually(async () => {
    const groups = (await redis.xinfo("GROUPS", key.stream)) as unknown[][];
    const flat = groups.find((group) => group[1] === key.group) ?? [];
    const field = (name: string) => flat[flat.indexOf(name) + 1];
    const undelivered = await redis.xrange(
      key.stream,
      `(${String(field("last-delivered-id"))}`,
      "+",
      "COUNT",
      1,
    );
    expect({ pending: field("pending"), undelivered }).toEqual({ pending: 0, undelivered: [] });
  }, DRAIN_MS_MAX);
}

/** The ids of the events that a test sent. */
export interface SentEvents {
  /** Got a 202. */
  readonly accepted: ReadonlySet<string>;
  /** Got any response or none; they may be in the tables. */
  readonly sent: ReadonlySet<string>;
}

/**
 * Waits until the backlog is gone, then asserts that every accepted event is stored, that only events that were sent are
 * stored, that there is no dead letter, and that the rollups match the raw rows.
 */
export async function checkAllStored(
  servers: EngineServers,
  { accepted, sent }: SentEvents,
): Promise<void> {
  await untilDrained(servers);
  const { sql } = servers;
  const rows = await sql`SELECT event_id FROM events`;
  const stored = new Set(rows.map((row) => String(row["event_id"])));
  expect([...accepted].filter((id) => !stored.has(id))).toEqual([]);
  expect([...stored].filter((id) => !sent.has(id))).toEqual([]);
  expect([...(await sql`SELECT reason FROM dead_events`)]).toEqual([]);
  expect(await checkInvariants(sql)).toBe(stored.size);
}
