import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Sql } from "postgres";
import { findEmbedded } from "../../src/embedded/find-embedded.ts";
import { serversOf } from "../embedded/fixtures.ts";
import { ask, readStats, sendEvent } from "../support/api-client.ts";
import { checkInvariants } from "../support/check-invariants.ts";
import { connectPostgres } from "../support/connect.ts";
import {
  ENGINE,
  ENGINE_START_MS_MAX,
  type Engine,
  emptyFolder,
  spawnEngine,
  startEngine,
  usedFolder,
} from "../support/engine.ts";
import { eventually } from "../support/eventually.ts";
import { startLoad } from "../support/load.ts";
import { sampleBody } from "../support/sample-event.ts";
import { within } from "../support/within.ts";

const TIMEOUT_MS = ENGINE_START_MS_MAX + 60_000;
const DAY = "2026-01-15";
const ACCESS_LOG = join(import.meta.dir, "..", "fixtures", "access.log");

function dataDirOf(cwd: string): string {
  return join(cwd, ".queueflow");
}

async function untilViews(engine: Engine, siteId: string, views: number): Promise<void> {
  await eventually(async () => {
    const { body } = await readStats(engine, { site_id: siteId, date: DAY });
    expect(body["total_views"]).toBe(views);
  }, 60_000);
}

/** Waits until all these events are stored, then checks the tables. */
async function untilStored(engine: Engine, ids: ReadonlySet<string>): Promise<void> {
  const sql = databaseOf(engine);
  try {
    await eventually(async () => {
      const rows = await sql`SELECT event_id FROM events`;
      expect(ids.difference(new Set(rows.map((row) => row["event_id"])))).toEqual(new Set());
    }, 60_000);
  } finally {
    await sql.end();
  }
  await checkTables(engine);
}

/** Returns the number of events, after a check of the rollups and that there is no dead letter. */
async function checkTables(engine: Engine): Promise<number> {
  const sql = databaseOf(engine);
  try {
    expect([...(await sql`SELECT reason FROM dead_events`)]).toEqual([]);
    return await checkInvariants(sql);
  } finally {
    await sql.end();
  }
}

function databaseOf({ cwd }: Engine): Sql {
  return connectPostgres(findEmbedded(dataDirOf(cwd))?.databaseUrl ?? "", { max: 1 });
}

async function command(cwd: string, args: readonly string[], env: Record<string, string> = {}) {
  const child = Bun.spawn([...ENGINE, ...args], {
    cwd,
    env: { PATH: Bun.env["PATH"] ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { exitCode, stdout, stderr };
}

describe("an engine without configured servers", () => {
  test(
    "stops its servers at Ctrl-C and has its data afterwards",
    async () => {
      const cwd = emptyFolder();
      {
        await using engine = await startEngine({ cwd });
        expect(engine.output.errors).toContain("embedded, data in .queueflow/");
        expect(engine.output.errors).toContain(
          `curl -X POST http://127.0.0.1:${engine.port}/event`,
        );
        expect((await sendEvent(engine, sampleBody())).status).toBe(202);
        // A terminal signals every process of the group.
        engine.signal("SIGINT", "group");
        expect(await within(TIMEOUT_MS, engine.exited, "the engine exits")).toBe(0);
        expect(await engine.output.record("Stopped")).toMatchObject({ outcome: "finished" });
        expect(serversOf(dataDirOf(cwd))).toEqual([]);
      }
      await using engine = await startEngine({ cwd });
      await untilViews(engine, "example.com", 1);
      expect((await sendEvent(engine, sampleBody())).status).toBe(202);
      expect((await sendEvent(engine, sampleBody({ event_id: "second" }))).status).toBe(202);
      await untilViews(engine, "example.com", 2);
      expect(await checkTables(engine)).toBe(2);
      expect(await engine.stop()).toBe(0);
      expect(serversOf(dataDirOf(cwd))).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "stores every accepted event after a kill under load",
    async () => {
      const cwd = usedFolder();
      const env = { CLAIM_IDLE_MS: "1000" };
      const killed = await startEngine({ cwd, env });
      await using load = startLoad({ url: () => killed.url });
      await load.untilAccepted(300);
      await killed.kill();
      await load.stop();
      await using engine = await startEngine({ cwd, env });
      await engine.output.record("Stopping servers left behind by a killed engine");
      await untilStored(engine, load.accepted);
    },
    TIMEOUT_MS,
  );

  test(
    "stops while it creates its database, and starts afterwards",
    async () => {
      const cwd = emptyFolder();
      {
        await using engine = spawnEngine({ cwd });
        await eventually(
          () => expect(existsSync(join(dataDirOf(cwd), "postgres.new"))).toBe(true),
          60_000,
        );
        expect(await engine.stop()).toBe(0);
        expect(serversOf(dataDirOf(cwd))).toEqual([]);
      }
      await using engine = await startEngine({ cwd });
      expect((await sendEvent(engine, sampleBody())).status).toBe(202);
      await untilViews(engine, "example.com", 1);
      expect(await checkTables(engine)).toBe(1);
    },
    TIMEOUT_MS,
  );
});

describe("a running engine with embedded servers", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startEngine({ cwd: usedFolder(), env: { CLAIM_IDLE_MS: "1000" } });
  }, TIMEOUT_MS);
  afterAll(async () => await engine[Symbol.asyncDispose](), TIMEOUT_MS);

  test(
    "is found by commands in its folder; imports count once",
    async () => {
      const args = ["import", ACCESS_LOG, "--site", "imported"];
      for (let times = 1; times <= 2; times += 1) {
        expect(await command(engine.cwd, args)).toMatchObject({ exitCode: 0 });
        await expectCounted(engine);
      }
      expect(await checkTables(engine)).toBe(
        readFileSync(ACCESS_LOG, "utf8").trim().split("\n").length,
      );
      const migrated = await command(engine.cwd, ["migrate"]);
      expect(migrated).toMatchObject({ exitCode: 0, stdout: "The schema is up to date.\n" });
      const env = { API_PORT: String(engine.port) };
      expect(await command(engine.cwd, ["health"], env)).toMatchObject({ exitCode: 0 });
    },
    TIMEOUT_MS,
  );

  test(
    "is joined by a process with the output of `queueflow env`",
    async () => {
      const { stdout } = await command(engine.cwd, ["env"]);
      const variables = Object.fromEntries(
        Array.from(stdout.matchAll(/^export (\w+)='(.*)'$/gm), ([, name, value]) => [name, value]),
      );
      const { REDIS_URL = "", DATABASE_URL = "" } = variables;
      await using second = await startEngine({ env: { REDIS_URL, DATABASE_URL } });
      expect((await sendEvent(second, sampleBody({ site_id: "joined" }))).status).toBe(202);
      await untilViews(engine, "joined", 1);
      expect(await second.stop()).toBe(0);
    },
    TIMEOUT_MS,
  );

  test.each([
    ["redis-cli", 'redis-cli -s "$REDIS_SOCKET" PING', /^PONG$/m],
    ["psql", 'PGPORT=1 psql "$DATABASE_URL" -Atc "SELECT 42"', /^42$/m],
    // One that is too old says so once it is connected.
    ["pg_dump", 'pg_dump "$DATABASE_URL"', /^CREATE TABLE|server version mismatch/m],
  ])("is reached by %s with the output of `queueflow env`", async (program, line, output) => {
    if (Bun.which(program) === null) {
      console.log(`SKIPPED: ${program} is not installed`);
      return;
    }
    const { stdout: variables } = await command(engine.cwd, ["env"]);
    const { stdout, stderr } = Bun.spawnSync(["sh", "-c", `eval "$0" && ${line}`, variables]);
    expect(stdout.toString() + stderr.toString()).toMatch(output);
  });

  test(
    "keeps a second engine out of its folder",
    async () => {
      await using second = spawnEngine({ cwd: engine.cwd });
      expect(await within(TIMEOUT_MS, second.exited, "the second engine exits")).toBe(1);
      await second.output.ended;
      expect(second.output.errors).toContain(`Another engine, process ${engine.pid}, runs on `);
      expect(second.output.errors).not.toMatch(/^\s+at /m);
      expect((await ask(engine, "/health/ready")).status).toBe(200);
    },
    TIMEOUT_MS,
  );

  test(
    "keeps every event when its servers are killed under load",
    async () => {
      await using load = startLoad({ url: () => engine.url });
      for (const server of ["redis", "postgres"]) {
        await load.untilAccepted(200);
        const ready = await engine.output.record(
          (record) => record.msg === "Embedded server ready" && record["server"] === server,
        );
        process.kill(Number(ready["pid"]), "SIGKILL");
        await engine.output.record(
          (record) => record.msg === "Embedded server recovered" && record["server"] === server,
        );
      }
      await load.untilAccepted(200);
      await load.stop();
      expect(new Set(load.statuses.keys()).difference(new Set([202, 503]))).toEqual(new Set());
      await untilStored(engine, load.accepted);
      expect(await engine.stop()).toBe(0);
      expect(serversOf(dataDirOf(engine.cwd))).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

interface DayCount {
  views: number;
  readonly users: Set<string>;
  readonly paths: Map<string, number>;
}

/** Counts the log independently of the importer. Its lines are in UTC, and the last one is truncated. */
function countLog(): Map<string, DayCount> {
  const line = /^(\S+) .*? \[(\d\d)\/May\/(\d{4}):\S+ \+0000\] "\S+ ([^ ?#]+)[^"]*" .* "([^"]*)"?$/;
  const days = new Map<string, DayCount>();
  for (const text of readFileSync(ACCESS_LOG, "utf8").trim().split("\n")) {
    const [, address, day, year, path = "", agent] = line.exec(text) ?? [];
    const date = `${year}-05-${day}`;
    const count = days.get(date) ?? { views: 0, users: new Set(), paths: new Map() };
    days.set(date, count);
    count.views += 1;
    count.users.add(`${address} ${agent}`);
    count.paths.set(path, (count.paths.get(path) ?? 0) + 1);
  }
  return days;
}

async function expectCounted(engine: Engine): Promise<void> {
  const days = countLog();
  expect(days.size).toBeGreaterThan(1);
  for (const [date, { views, users, paths }] of days) {
    const query = { site_id: "imported", date, limit: "1000" };
    const { body } = await readStats(engine, query);
    expect(body).toMatchObject({ total_views: views, unique_users: users.size });
    const topPaths = body["top_paths"] as { path: string; views: number }[];
    expect(new Map(topPaths.map(({ path, views: of }) => [path, of]))).toEqual(paths);
  }
}
