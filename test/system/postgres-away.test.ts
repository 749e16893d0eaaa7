import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mirrorAccess } from "../../src/stream/access/mirror.ts";
import { accessDocument } from "../support/access-document.ts";
import { ask, readStats, sendEvent } from "../support/api-client.ts";
import { type Engine, startEngine } from "../support/engine.ts";
import {
  checkAllStored,
  type EngineServers,
  openEngineServers,
  untilMigrated,
} from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { startLoad } from "../support/load.ts";
import { sampleBody } from "../support/sample-event.ts";
import { postgresPids, signalAll } from "../support/server-processes.ts";
import { ownPostgres, SERVERS_START_TIMEOUT_MS } from "../support/servers.ts";
import { openTcpProxy, type TcpProxy, throughProxy } from "../support/tcp-proxy.ts";

const TIMEOUT_MS = 120_000;
const EVENTS_EACH = 200;

const stack = new AsyncDisposableStack();
let servers: EngineServers;
let proxy: TcpProxy;
let engine: Engine;

beforeAll(async () => {
  const { databaseUrl } = stack.use(await ownPostgres());
  proxy = stack.use(openTcpProxy(databaseUrl));
  servers = stack.use(await openEngineServers({ databaseUrl }));
  const env = { ...servers.env, DATABASE_URL: throughProxy(databaseUrl, proxy) };
  engine = stack.use(await startEngine({ env }));
  await untilMigrated(engine);
}, SERVERS_START_TIMEOUT_MS);
afterAll(async () => await stack.disposeAsync(), TIMEOUT_MS);

/** Everything that the file has sent, since all of it is in one database. */
const accepted = new Set<string>();
const sent = new Set<string>();

/** An outage of PostgreSQL. */
interface Fault {
  readonly begin: () => void;
  /** Resolves when the consumers have noticed it; at once where nothing shows that. */
  readonly noticed: () => Promise<unknown>;
  readonly end: () => void;
}

/** Sends events before, during and after an outage, and asserts what clients see. */
async function survive(fault: Fault): Promise<void> {
  await using load = startLoad({ url: () => engine.url });
  await load.untilAccepted(EVENTS_EACH);
  // A consumer that is not ready yet reports the outage in other words.
  await eventually(
    async () => expect((await ask(engine, "/health")).body["status"]).toBe("ok"),
    30_000,
  );
  fault.begin();
  try {
    await fault.noticed();
    await load.untilAccepted(EVENTS_EACH);
    const stats = await readStats(engine, { site_id: "load", date: "2026-01-15" });
    expect(stats.status).toBe(503);
    expect(stats.body).toMatchObject({ error: "database_unavailable", retryable: true });
    expect(stats.headers.get("retry-after")).toBe("1");
    expect((await ask(engine, "/health/ready")).body).toEqual({ status: "ready" });
    expect((await ask(engine, "/health/live")).status).toBe(200);
    await load.untilAccepted(EVENTS_EACH);
  } finally {
    fault.end();
  }
  await load.untilAccepted(EVENTS_EACH);
  await load.stop();
  expect([...load.statuses.keys()]).toEqual([202]);
  for (const id of load.accepted) accepted.add(id);
  for (const id of load.sent) sent.add(id);
  await checkAllStored(servers, { accepted, sent });
  await eventually(async () => {
    const { status, body } = await readStats(engine, { site_id: "load", date: "2026-01-15" });
    expect(status).toBe(200);
    expect(Number(body["total_views"])).toBeGreaterThan(0);
  }, 30_000);
}

/** Resolves when a thread next logs that PostgreSQL fails. */
async function nextOutage(): Promise<unknown> {
  const before = new Set(engine.output.records);
  return await engine.output.record(
    (record) =>
      record.msg === "PostgreSQL failed, holding the batch and retrying" && !before.has(record),
  );
}

async function countStored(): Promise<number> {
  const [row] = await servers.sql`SELECT count(*)::int AS events FROM events`;
  return Number(row?.["events"]);
}

const FAULTS: Readonly<Record<string, () => Fault | Promise<Fault>>> = {
  "refuses connections": () => ({
    begin: () => {
      proxy.mode = "refuse";
      proxy.cut();
    },
    noticed: nextOutage,
    end: () => {
      proxy.mode = "pass";
    },
  }),
  "is suspended": async () => {
    const pids = await postgresPids(servers.sql);
    return {
      begin: () => signalAll(pids, "SIGSTOP"),
      noticed: async () => undefined,
      end: () => signalAll(pids.toReversed(), "SIGCONT"),
    };
  },
  "does not reply, to a COMMIT either": () => ({
    begin: () => {
      proxy.mode = "swallow replies";
    },
    noticed: nextOutage,
    end: () => {
      proxy.mode = "pass";
      proxy.cut();
    },
  }),
};

describe("accepts events, then stores them, when PostgreSQL", () => {
  test.each(Object.keys(FAULTS))(
    "%s",
    async (name) => {
      const fault = await FAULTS[name]?.();
      if (fault === undefined) throw new Error(`No fault ${name}`);
      await survive(fault);
    },
    TIMEOUT_MS,
  );

  test(
    "is killed under load and restarted",
    async () => {
      await using load = startLoad({ url: () => engine.url });
      for (let times = 1; times <= 2; times += 1) {
        await load.untilAccepted(EVENTS_EACH);
        const stored = await countStored();
        signalAll(await postgresPids(servers.sql), "SIGKILL");
        await eventually(async () => expect(await countStored()).toBeGreaterThan(stored), 30_000);
      }
      await load.untilAccepted(EVENTS_EACH);
      await load.stop();
      expect([...load.statuses.keys()]).toEqual([202]);
      for (const id of load.accepted) accepted.add(id);
      for (const id of load.sent) sent.add(id);
      await checkAllStored(servers, { accepted, sent });
    },
    TIMEOUT_MS,
  );
});

test("logs each outage once per thread and restarts none", async () => {
  const { records } = engine.output;
  expect(records.filter(({ level }) => level === "error")).toEqual([]);
  expect(records.filter(({ msg }) => msg.startsWith("Thread "))).toEqual([]);
  expect(records.filter(({ level }) => level === "warn").length).toBeLessThan(100);
});

test(
  "failing reads are logged once per ingest thread",
  async () => {
    const before = new Set(engine.output.records);
    proxy.mode = "refuse";
    proxy.cut();
    for (let times = 1; times <= 20; times += 1) {
      const { status } = await readStats(engine, { site_id: "load", date: "2026-01-15" });
      expect(status).toBe(503);
    }
    proxy.mode = "pass";
    await eventually(() => {
      const said = engine.output.records.filter(
        (record) => record.msg.startsWith("PostgreSQL failed to read stats") && !before.has(record),
      );
      const threads = new Set(said.map(({ thread }) => thread));
      expect(threads.size).toBeGreaterThan(0);
      expect(said).toHaveLength(threads.size);
    });
  },
  TIMEOUT_MS,
);

test(
  "starts, accepts and stops while PostgreSQL is down",
  async () => {
    await using own = await openEngineServers();
    await using gone = openTcpProxy(own.env["DATABASE_URL"] ?? "");
    gone.mode = "refuse";
    const env = { ...own.env, DATABASE_URL: throughProxy(own.env["DATABASE_URL"] ?? "", gone) };
    // As an engine that ran before has left it.
    await mirrorAccess(own.redis, own.key.stream, async () => accessDocument());
    await using early = await startEngine({ env });
    expect(early.output.errors).toContain("waits for PostgreSQL\n");
    const { status, body } = await sendEvent(early, sampleBody());
    expect(status).toBe(202);
    expect((await ask(early, "/health/ready")).status).toBe(200);
    await early.output.record("Preparing the schema failed, retrying");
    gone.mode = "pass";
    expect(await early.output.untilErrors("is running\n")).toBe("found");
    const ids = new Set([String(body["event_id"])]);
    await checkAllStored(own, { accepted: ids, sent: ids });
    gone.mode = "refuse";
    gone.cut();
    expect(await early.stop()).toBe(0);
  },
  TIMEOUT_MS,
);
