import { afterAll, beforeAll, expect } from "bun:test";
import postgres, { type Sql } from "postgres";
import { ask } from "./api-client.ts";
import { type Engine, startEngine } from "./engine.ts";
import type { EngineRecord } from "./engine-output.ts";
import {
  checkAllStored,
  type EngineServers,
  openEngineServers,
  untilMigrated,
} from "./engine-servers.ts";
import { eventually } from "./eventually.ts";
import { type Load, startLoad } from "./load.ts";
import { ownPostgres, SERVERS_START_TIMEOUT_MS } from "./servers.ts";
import { openTcpProxy, type TcpProxy, throughProxy } from "./tcp-proxy.ts";

export const HELD = "PostgreSQL failed, holding the batch and retrying";
export const STORED_AGAIN = "PostgreSQL works again, the batch is stored";
const EVENTS_EACH = 200;
const HEALTH_MS_MAX = 60_000;
const STOP_TIMEOUT_MS = 120_000;
/** `stalled` after some time. */
const UNHEALTHY = /^(degraded|stalled)$/;

/** The role of the engine, which owns its database and is no superuser. */
export const KEEPER = "keeper";
export const KEEPER_PASSWORD = "kept";
export const KEPT_DATABASE = "kept";

/** An engine with its own PostgreSQL for faults; `await using` stops both. */
export interface PostgresBench extends AsyncDisposable {
  readonly engine: Engine;
  /** `sql` is a superuser's session in the engine's database. */
  readonly servers: EngineServers;
  /** A superuser's session in another database, which stays usable when the engine's is locked. */
  readonly admin: Sql;
  /** Between the engine and PostgreSQL. */
  readonly proxy: TcpProxy;
  /** The variables of another engine on the same servers. */
  readonly env: Readonly<Record<string, string>>;
  /** Terminates every session of the engine, like an administrator. */
  endSessions(): Promise<void>;
}

export interface PostgresFault {
  readonly begin: () => Promise<unknown>;
  /** The engine's log record: its level, and the error of PostgreSQL. */
  readonly said: { readonly level: "warn" | "error"; readonly error: RegExp };
  readonly end: () => Promise<unknown>;
}

/** Opens a bench whose engine has migrated. */
export async function openPostgresBench(
  engineEnv: Readonly<Record<string, string>> = {},
): Promise<PostgresBench> {
  await using building = new AsyncDisposableStack();
  const { databaseUrl } = building.use(await ownPostgres());
  const admin = building.adopt(session(databaseUrl), async (sql) => await sql.end({ timeout: 1 }));
  await admin.unsafe(`CREATE ROLE ${KEEPER} LOGIN PASSWORD '${KEEPER_PASSWORD}'`);
  await admin.unsafe(`CREATE DATABASE ${KEPT_DATABASE} OWNER ${KEEPER}`);
  const superUrl = new URL(databaseUrl);
  superUrl.pathname = `/${KEPT_DATABASE}`;
  const proxy = building.use(openTcpProxy(databaseUrl));
  const servers = building.use(await openEngineServers({ databaseUrl: superUrl.href }));
  const keeperUrl = new URL(superUrl);
  keeperUrl.username = KEEPER;
  keeperUrl.password = KEEPER_PASSWORD;
  const env = {
    ...servers.env,
    DATABASE_URL: throughProxy(keeperUrl.href, proxy),
    CONSUMER_WORKERS: "2",
    INGEST_WORKERS: "2",
    ...engineEnv,
  };
  const engine = building.use(await startEngine({ env }));
  await untilMigrated(engine);
  const stack = building.move();
  return {
    engine,
    servers,
    admin,
    proxy,
    env,
    async endSessions() {
      await admin`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ${KEEPER}`;
    },
    [Symbol.asyncDispose]: async () => await stack.disposeAsync(),
  };
}

/** Called at the top level of a test file: opens one bench for all of its tests. */
export function usePostgresBench(): { readonly bench: PostgresBench; readonly all: Sent } {
  const stack = new AsyncDisposableStack();
  let opened: PostgresBench | undefined;
  beforeAll(async () => {
    opened = stack.use(await openPostgresBench());
  }, SERVERS_START_TIMEOUT_MS);
  afterAll(async () => await stack.disposeAsync(), STOP_TIMEOUT_MS);
  return {
    all: new Sent(),
    get bench() {
      if (opened === undefined) throw new Error("The bench is open from the first test on");
      return opened;
    },
  };
}

/** Opens a session. */
export function session(url: string): Sql {
  return postgres(url, { max: 1, onnotice: () => undefined });
}

/** The events of all tests on a bench, because they share a database. */
export class Sent {
  readonly accepted = new Set<string>();
  readonly sent = new Set<string>();

  add(load: Load): void {
    for (const id of load.accepted) this.accepted.add(id);
    for (const id of load.sent) this.sent.add(id);
  }
}

/**
 * Injects a fault under load. Asserts that every event is accepted, that each thread logs the error and its end once, that
 * `/health` reports it, and that every event is stored once afterwards.
 */
export async function survive(
  { engine, servers }: PostgresBench,
  fault: PostgresFault,
  all: Sent,
): Promise<void> {
  const from = engine.output.records.length;
  await using load = startLoad({ url: () => engine.url });
  await load.untilAccepted(EVENTS_EACH);
  await fault.begin();
  try {
    await engine.output.record((record) => isLogged(record, fault, { engine, from }));
    await untilHealth(engine, { status: UNHEALTHY, error: "database_unavailable" });
    await load.untilAccepted(EVENTS_EACH);
    expect((await ask(engine, "/health/ready")).status).toBe(200);
  } finally {
    await fault.end();
  }
  await load.untilAccepted(EVENTS_EACH);
  await load.stop();
  expect([...load.statuses.keys()]).toEqual([202]);
  all.add(load);
  await checkAllStored(servers, all);
  await untilHealth(engine, { status: "ok", error: null });
  await eventually(() => checkLoggedOnce(engine, from));
}

/** Waits until `/health` returns the status, and the error for a consumer; null for none. */
export async function untilHealth(
  engine: Engine,
  { status, error }: { status: string | RegExp; error: string | null },
): Promise<void> {
  await eventually(async () => {
    const { body } = await ask(engine, "/health");
    const consumers = body["consumers"] as readonly { readonly error: unknown }[];
    const errors = new Set(consumers.map((consumer) => consumer.error));
    expect(body["status"]).toMatch(status);
    if (error === null) expect([...errors]).toEqual([null]);
    else expect([...errors]).toContain(error);
  }, HEALTH_MS_MAX);
}

function isLogged(
  record: EngineRecord,
  { said }: PostgresFault,
  { engine, from }: { engine: Engine; from: number },
): boolean {
  return (
    record.msg === HELD &&
    record.level === said.level &&
    said.error.test(String(record["error"])) &&
    engine.output.records.indexOf(record) >= from
  );
}

/**
 * Asserts that each thread logged the failure at most once as a warning and once as an error with a remedy, and then its end,
 * and that no thread failed.
 */
function checkLoggedOnce(engine: Engine, from: number): void {
  const records = engine.output.records.slice(from);
  const ofOutage = records.filter(({ msg }) => msg === HELD || msg === STORED_AGAIN);
  const byThread = Map.groupBy(ofOutage, ({ thread }) => thread);
  for (const outage of byThread.values()) {
    const levels = outage.map(({ level }) => level).join(" ");
    expect(levels).toMatch(/^(warn error|warn|error) info$/);
  }
  const errors = records.filter(({ level }) => level === "error");
  expect(errors.filter(({ remedy }) => typeof remedy !== "string")).toEqual([]);
  expect(records.filter(({ msg }) => msg.startsWith("Thread "))).toEqual([]);
  // The reclaimer logs failures of its own passes.
  expect(records.filter(({ level }) => level === "warn" || level === "error").length).toBeLessThan(
    10,
  );
}
