import { expect, test } from "bun:test";
import { join } from "node:path";
import { findEmbedded } from "../../src/embedded/find-embedded.ts";
import { Database } from "../../src/store/database.ts";
import { type CommandResult, runQueueflow } from "../cli/run-queueflow.ts";
import { askReport } from "../support/ask-report.ts";
import { connectPostgres } from "../support/connect.ts";
import { type Engine, emptyFolder, startEngine, usedFolder } from "../support/engine.ts";
import { untilMigrated } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { type FaultyEngine, startFaultyEngine } from "../support/faulty-engine.ts";
import { type Load, startLoad } from "../support/load.ts";
import { storeEvents } from "../support/reports/store-events.ts";
import { sampleReceivedEvent } from "../support/sample-event.ts";

const TIMEOUT_MS = 400_000;
const SITE = "attacked.example";
const PATH = Bun.env["PATH"] ?? "";
const DAY_MS = 24 * 60 * 60 * 1_000;
/** Days whose rows a prune deletes. */
const OLD_DAYS = 3;
const OLD_EVENTS = 1_500;
const ROUNDS = 4;
const FILE = "attacked.tar.zst";

/** Stores events as if it were 40 days ago. */
async function storeOld(database: Database, round: number): Promise<void> {
  const startMs = Math.floor(Date.now() / DAY_MS - 40) * DAY_MS;
  const events = Array.from({ length: OLD_EVENTS }, (_, number) => {
    const atMs = startMs + (number % OLD_DAYS) * DAY_MS + number * 50_000;
    return sampleReceivedEvent({
      eventId: Bun.randomUUIDv7(),
      siteId: SITE,
      path: `/${number % 9}`,
      userId: `user-${number % 40}`,
      timestamp: new Date(atMs + round).toISOString(),
      receivedAt: new Date(atMs + 1_000).toISOString(),
    });
  });
  await storeEvents(database, events);
}

/** Another engine on the same servers packs, and is killed. */
async function killEngines(env: Readonly<Record<string, string>>, load: Load): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    await using engine = await startEngine({ env });
    await load.untilAccepted(300);
    await engine.kill();
  }
}

async function failPacker(engine: FaultyEngine, load: Load): Promise<void> {
  for (const fault of ["exit", "throw", "reject"] as const) {
    const exits = () =>
      engine.output.records.filter(
        ({ msg, child }) => msg === "Thread exited, restarting it" && child === "packer",
      ).length;
    const before = exits();
    engine.strike("packer", fault);
    await eventually(() => expect(exits()).toBeGreaterThan(before));
    await load.untilAccepted(500);
  }
}

/** The numbers of a site by UTC day, of `/query` and of the rollup. */
async function checkDays(engine: Engine, databaseUrl: string): Promise<void> {
  const sql = connectPostgres(databaseUrl, { max: 1 });
  const stored = await sql`
    SELECT date::text, total_views::int, unique_users::int FROM daily_site_stats
    WHERE site_id = ${SITE} ORDER BY date`.values();
  await sql.end();
  const { body } = await askReport(engine, {
    site_id: SITE,
    metrics: ["events", "visitors"],
    dimensions: ["time:day"],
    date_range: "all",
  });
  const results = body["results"] as { dimensions: string[]; metrics: number[] }[];
  expect(results.map((row) => [...row.dimensions, ...row.metrics])).toEqual([...stored]);
  expect(body["meta"]).toMatchObject({ incomplete_days: [] });
}

function expectToEndWell({ exitCode, stderr }: CommandResult, codes: readonly number[]): void {
  expect(codes, stderr).toContain(exitCode);
}

test(
  "chunks stay right whatever is done beside two packers",
  async () => {
    const cwd = usedFolder();
    // Killed engines leave pending entries, for which commands wait.
    await using engine = await startFaultyEngine({ cwd, env: { CLAIM_IDLE_MS: "2000" } });
    await untilMigrated(engine);
    const { databaseUrl = "", redisUrl = "" } = findEmbedded(join(cwd, ".queueflow")) ?? {};
    const database = new Database({ url: databaseUrl, connectionsMax: 1 });
    const run = async (...args: readonly string[]) =>
      await runQueueflow(args, { cwd, env: { PATH, API_PORT: String(engine.port) } });
    await using load = startLoad({ url: () => engine.url, siteId: SITE });
    const commands: Readonly<Record<string, readonly number[]>> = {
      // 1: rows of a day were pruned, or another command holds a lock.
      [`packing rebuild --site ${SITE}`]: [0, 1],
      "prune --older-than 30 --yes": [0, 1],
      verify: [0],
    };
    const rounds = Object.entries(commands).map(async ([command, codes]) => {
      for (let round = 0; round < 2 * ROUNDS; round += 1) {
        expectToEndWell(await run(...command.split(" ")), codes);
      }
    });
    await Promise.all([
      ...rounds,
      killEngines({ REDIS_URL: redisUrl, DATABASE_URL: databaseUrl }, load),
      failPacker(engine, load),
      (async () => {
        for (let round = 0; round < ROUNDS; round += 1) {
          await storeOld(database, round);
          await load.untilAccepted(300);
          const forget = ["forget", "--site", SITE, "--user", `user-${round}`, "--yes"];
          expectToEndWell(await run(...forget), [0]);
        }
        expectToEndWell(await run("backup", FILE), [0]);
      })(),
    ]);
    await load.stop();
    await eventually(async () => {
      const { stdout } = await run("status", "--json");
      expect(JSON.parse(stdout)).toMatchObject({ stream: { backlog_entries: 0 } });
    }, 60_000);
    expect(await run("verify")).toMatchObject({ exitCode: 0, stderr: "" });
    await checkDays(engine, databaseUrl);
    await database.close(1_000);

    const restored = emptyFolder();
    const restore = ["restore", join(cwd, FILE)];
    expectToEndWell(await runQueueflow(restore, { cwd: restored, env: { PATH } }), [0]);
    await using second = await startEngine({ cwd: restored });
    const other = findEmbedded(join(restored, ".queueflow"));
    expect(await runQueueflow(["verify"], { cwd: restored, env: { PATH } })).toMatchObject({
      exitCode: 0,
      stderr: "",
    });
    await eventually(async () => await checkDays(second, other?.databaseUrl ?? ""), 60_000);
  },
  TIMEOUT_MS,
);
