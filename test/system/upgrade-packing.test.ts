import { expect, test } from "bun:test";
import type { Sql } from "postgres";
import { Database } from "../../src/store/database.ts";
import { migrate } from "../../src/store/schema/migrate.ts";
import { MIGRATIONS } from "../../src/store/schema/migrations.ts";
import { runQueueflow } from "../cli/run-queueflow.ts";
import { askReport } from "../support/ask-report.ts";
import { type Engine, startEngine } from "../support/engine.ts";
import { openEngineServers, untilDrained } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { startLoad } from "../support/load.ts";
import { recordingLog } from "../support/recording-log.ts";

const TIMEOUT_MS = 120_000;
/** The last schema before packing. */
const OLD_VERSION = 21;
const SITE = "load";
const EVENTS = 1_200;
const [PRUNED, OLD, PRUNED_BESIDE, RECENT] = [
  "2026-01-01",
  "2026-01-02",
  "2026-01-03",
  "2026-03-15",
];

/** Stores three days and the totals of one more, whose rows were pruned. */
async function seed(sql: Sql): Promise<void> {
  await sql`
    INSERT INTO events (event_id, site_id, event_type, path, user_id, timestamp, received_at)
    SELECT gen_random_uuid(), ${SITE}, 'page_view', '/' || n % 3, 'user-' || n % 5, at, at
    FROM unnest(${[OLD, PRUNED_BESIDE, RECENT]}::text[]) AS date, generate_series(1, ${EVENTS}) AS n,
      LATERAL (SELECT date::timestamptz + n * interval '10 s' AS at) AS times`;
  await sql.unsafe(`
    INSERT INTO daily_site_users SELECT DISTINCT site_id, timestamp::date, user_id FROM events;
    INSERT INTO daily_site_path_counts (site_id, date, path, views)
    SELECT site_id, timestamp::date, path, count(*) FROM events GROUP BY 1, 2, 3;
    INSERT INTO daily_site_stats
    SELECT site_id, timestamp::date, count(*), count(DISTINCT user_id) FROM events GROUP BY 1, 2;
    INSERT INTO daily_site_stats VALUES ('${SITE}', '${PRUNED}', 50, 0);
    INSERT INTO pruned_days VALUES ('${SITE}', '${PRUNED}', 50)`);
}

/** Deletes a day's rows as binaries before packing do. */
async function pruneAsBefore(sql: Sql, date: string): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`DELETE FROM events WHERE timestamp::date = ${date}::text::date`;
    await tx`INSERT INTO pruned_days (site_id, date, events) VALUES (${SITE}, ${date}::text::date, ${EVENTS})`;
  });
}

async function ask(engine: Engine) {
  const body = {
    site_id: SITE,
    metrics: ["events"],
    dimensions: ["time:day", "visit:entry_page"],
    date_range: [PRUNED, RECENT],
  };
  const { body: answer } = await askReport(engine, body);
  return answer as unknown as { results: unknown[]; meta: { incomplete_days: string[] } };
}

test(
  "an upgrade packs what was stored, and names what was pruned",
  async () => {
    await using servers = await openEngineServers();
    const { env, sql } = servers;
    const database = new Database({ url: env["DATABASE_URL"] ?? "", connectionsMax: 1 });
    const older = MIGRATIONS.filter(({ version }) => version <= OLD_VERSION);
    await migrate(database, recordingLog().log, { migrations: older });
    await seed(sql);
    await database.close(1_000);

    await using engine = await startEngine({ env });
    await using load = startLoad({ url: () => engine.url });
    await load.untilAccepted(100);
    await load.stop();
    await untilDrained(servers);
    const packed = async () => {
      const [row] = await sql`SELECT coalesce(sum(events), 0)::int AS events FROM day_chunks`;
      return Number(row?.["events"]);
    };
    await eventually(async () => expect(await packed()).toBeGreaterThanOrEqual(3 * EVENTS), 60_000);
    const { stdout } = await runQueueflow(["packing", "status", "--json"], { env });
    const stored = 3 * EVENTS + load.accepted.size;
    expect(JSON.parse(stdout)).toMatchObject({ unpacked_events: stored - (await packed()) });

    const before = await ask(engine);
    expect(before.meta.incomplete_days).toEqual([PRUNED]);
    // A chunk has its events, whoever pruned them.
    await pruneAsBefore(sql, PRUNED_BESIDE);
    expect((await ask(engine)).results).toEqual(before.results);
    const prune = ["prune", "--older-than", "30", "--yes"];
    const { stdout: pruned, stderr } = await runQueueflow(prune, { env });
    expect({ pruned, stderr }).toMatchObject({
      pruned: expect.stringContaining("events of"),
      stderr: "",
    });
    expect(await sql`SELECT FROM events WHERE timestamp::date = ${OLD}::text::date`).toHaveLength(
      0,
    );
    expect(await ask(engine)).toMatchObject({
      results: before.results,
      meta: { incomplete_days: [PRUNED] },
    });
    const days =
      await sql`SELECT date::text, packed::int, unpacked::int FROM pruned_days ORDER BY date`;
    expect(days.slice(0, 3).map((day) => Object.values(day))).toEqual([
      [PRUNED, 0, 50],
      [OLD, EVENTS, 0],
      [PRUNED_BESIDE, 0, EVENTS],
    ]);
    expect(await engine.stop()).toBe(0);
  },
  TIMEOUT_MS,
);
