import { afterAll, beforeAll, expect } from "bun:test";
import postgres, { type Sql } from "postgres";
import { ask } from "./api-client.ts";
import { type Engine, startEngine } from "./engine.ts";
import type { EngineRecord } from "./engine-output.ts";
import { checkAllStored, type EngineServers, openEngineServers } from "./engine-servers.ts";
import { eventually } from "./eventually.ts";
import { type Load, startLoad } from "./load.ts";
import { ownPostgres, SERVERS_START_TIMEOUT_MS } from "./servers.ts";
import { openTcpProxy, type TcpProxy, throughProxy } from "./tcp-proxy.ts";

export const HELD = "PostgreSQL failed, holding the batch and retrying";
export const STORED_AGAIN = "PostgreSQL works again, the batch is stored";
const EVENTS_EACH = 200;
const HEALTH_MS_MAX = 60_000;
const STOP_TIMEOUT_MS = 120_000;
/** Stalled, when it has lasted for long. */
const NOT_WELL = /^(degraded|stalled)$/;

/** The user that an engine on the bench connects as: no superuser, and the owner of its database. */
export const KEEPER = "keeper";
export const KEEPER_PASSWORD = "kept";
export const KEPT_DATABASE = "kept";

/** An engine on a PostgreSQL of the test's own, to be ill-treated; `await using` stops both. */
export interface PostgresBench extends AsyncDisposable {
  readonly engine: Engine;
  /** Its `sql` is a superuser's session in the engine's database. */
  readonly servers: EngineServers;
  /** A superuser's session in another database, which stays when the engine's is locked up. */
  readonly admin: Sql;
  /** Between the engine and PostgreSQL. */
  readonly proxy: TcpProxy;
  /** What an engine beside this one needs to join it. */
  readonly env: Readonly<Record<string, string>>;
  /** Ends every session of the engine, as an administrator would. */
  endSessions(): Promise<void>;
}

/** Something that befalls PostgreSQL and that somebody mends. */
export interface PostgresFault {
  readonly begin: () => Promise<unknown>;
  /** What the engine says of it: the SQLSTATE's text, and whether a person must act. */
  readonly said: { readonly level: "warn" | "error"; readonly error: RegExp };
  readonly end: () => Promise<unknown>;
}

/** Opens one, with its engine running and its tables made. */
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
  await engine.output.record("Migration applied");
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

/** Gives the test file that calls it at its top level one bench, and what was sent to it. */
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
      if (opened === undefined) throw new Error("The bench is there from the first test on");
      return opened;
    },
  };
}

/** A superuser's session. */
export function session(url: string): Sql {
  return postgres(url, { max: 1, onnotice: () => undefined });
}

/** What was sent to a bench so far, since all of it is in one database. */
export class Sent {
  readonly accepted = new Set<string>();
  readonly sent = new Set<string>();

  add(load: Load): void {
    for (const id of load.accepted) this.accepted.add(id);
    for (const id of load.sent) this.sent.add(id);
  }
}

/**
 * Lets a fault befall PostgreSQL under load, and asserts what must hold of any: every event is answered
 * 202 meanwhile, the error is said once by each thread and the end of it too, `/health` tells it, and when
 * it is mended all is stored once.
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
    await engine.output.record((record) => isSaid(record, fault, { engine, from }));
    await untilHealth(engine, { status: NOT_WELL, error: "database_unavailable" });
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
  checkSaidOnce(engine, from);
}

/** Waits until `/health` says so, of the consumers too: that all are well, or that one is not. */
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

function isSaid(
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
 * A thread says that PostgreSQL fails, as a warning when this may pass by itself, as an error with what to
 * do when a person must act, and at last that it works again: at most one line each. None has died.
 */
function checkSaidOnce(engine: Engine, from: number): void {
  const records = engine.output.records.slice(from);
  const ofOutage = records.filter(({ msg }) => msg === HELD || msg === STORED_AGAIN);
  const byThread = Map.groupBy(ofOutage, ({ thread }) => thread);
  for (const said of byThread.values()) {
    const levels = said.map(({ level }) => level).join(" ");
    expect(levels).toMatch(/^(warn error|warn|error) info$/);
  }
  const errors = records.filter(({ level }) => level === "error");
  expect(errors.filter(({ remedy }) => typeof remedy !== "string")).toEqual([]);
  expect(records.filter(({ msg }) => msg.startsWith("Thread "))).toEqual([]);
  // Beside them: reading from PostgreSQL for /stats is not tried, and the reclaimer's pass says its own.
  expect(records.filter(({ level }) => level === "warn" || level === "error").length).toBeLessThan(
    10,
  );
}
