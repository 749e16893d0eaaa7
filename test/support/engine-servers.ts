import { afterAll, beforeAll, expect } from "bun:test";
import postgres, { type Sql } from "postgres";
import type { GroupKey } from "../../src/stream/consumer-group.ts";
import {
  closeRedisConnection,
  type RedisConnection,
} from "../../src/stream/redis/redis-connection.ts";
import { checkInvariants } from "./check-invariants.ts";
import { type Engine, startEngine } from "./engine.ts";
import { eventually } from "./eventually.ts";
import { SERVERS_START_TIMEOUT_MS, testServers } from "./servers.ts";
import { type DatabaseSource, openTestDatabase } from "./test-database.ts";
import { connected } from "./test-stream.ts";

/** How long a backlog may take to drain on a slow machine, in milliseconds. */
const DRAIN_MS_MAX = 60_000;

/** Where engines of a test work: nobody else uses this database and this stream. */
export interface EngineServers extends AsyncDisposable {
  /** What tells an engine so. */
  readonly env: Readonly<Record<string, string>>;
  readonly key: GroupKey;
  /** For looking at tables, beside the engine. */
  readonly sql: Sql;
  /** For looking at the stream, and appending to it as another program. */
  readonly redis: RedisConnection;
}

let streams = 0;

/**
 * An empty database and a stream key of one's own, on the servers of this run unless others are given;
 * `await using` removes both. Declare it before the engine, so that it outlives it.
 */
export async function openEngineServers(
  own: {
    readonly redisUrl?: string;
    readonly databaseUrl?: string;
    readonly database?: DatabaseSource;
  } = {},
): Promise<EngineServers> {
  const { database: source = "empty" } = own;
  const database = own.databaseUrl === undefined ? await openTestDatabase(source) : undefined;
  const databaseUrl = database?.url ?? own.databaseUrl ?? "";
  const sql = database?.sql ?? postgres(databaseUrl, { max: 1, onnotice: () => undefined });
  const redisUrl = own.redisUrl ?? (await testServers()).redisUrl;
  const redis = await connected(redisUrl);
  streams += 1;
  const key = { stream: `engine_events_${streams}`, group: "analytics_workers" };
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

/** An engine with the servers it works on. Its members throw before the file's first test. */
export interface TestEngine {
  readonly engine: Engine;
  readonly servers: EngineServers;
}

/** Gives the test file that calls it at its top level one engine, on an empty database of its own. */
export function useEngine(env: Readonly<Record<string, string>> = {}): TestEngine {
  let servers: EngineServers | undefined;
  let engine: Engine | undefined;
  const present = <Thing>(thing: Thing | undefined): Thing => {
    if (thing === undefined) throw new Error("The engine is there from the first test on");
    return thing;
  };
  beforeAll(async () => {
    servers = await openEngineServers();
    engine = await startEngine({ env: { ...servers.env, ...env } });
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

/** Waits until the group has finished every entry: nothing is pending, nothing undelivered. */
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

/** The ids of events, as a test has sent them. */
export interface SentEvents {
  /** Answered 202. */
  readonly accepted: ReadonlySet<string>;
  /** Answered anything, or nothing: what may be in the tables. */
  readonly sent: ReadonlySet<string>;
}

/**
 * What every scenario ends with: the stream is drained, every event answered 202 is in `events`, nothing
 * is there that was not sent, nothing was set aside, and all tables count the same.
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
