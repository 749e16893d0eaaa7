import { expect, test } from "bun:test";
import { Database } from "../../src/store/database.ts";
import { runQueueflow } from "../cli/run-queueflow.ts";
import { readStats } from "../support/api-client.ts";
import { startEngine } from "../support/engine.ts";
import {
  checkAllStored,
  type EngineServers,
  openEngineServers,
  untilDrained,
} from "../support/engine-servers.ts";
import { startLoad } from "../support/load.ts";
import { packAllSites } from "../support/packing.ts";
import { corrupt, seedEvents } from "../support/seed-events.ts";

const TIMEOUT_MS = 120_000;
const SITE = "load";
const DATE = "2026-01-15";
const REBUILD = ["rebuild", "--site", SITE, "--from", "2026-01-01", "--to", "2026-01-31"];
const ROUNDS = 4;
const ROUND_EVENTS = 200;
const SIDE_BY_SIDE_ROUNDS = 2;
const OLD_EVENTS = 40;
/** The message of a prune while a rebuild or another prune runs, or no message. */
const BUSY = /^(queueflow: Another process is deleting old events or rebuilding a day: .*\n)?$/;

test(
  "rebuild repairs a day while its events are stored",
  async () => {
    await using servers = await openEngineServers();
    // Small batches, so that many are being stored at any moment.
    const env = { ...servers.env, CONSUMER_WORKERS: "4", BATCH_ENTRIES_MAX: "5" };
    await using engine = await startEngine({ env });
    await using load = startLoad({ url: () => engine.url, siteId: SITE });
    await load.untilAccepted(ROUND_EVENTS);
    for (let round = 1; round <= ROUNDS; round += 1) {
      await corrupt(servers.sql, { siteId: SITE, date: DATE });
      const wronged = await runQueueflow(["verify"], { env });
      expect({ round, exitCode: wronged.exitCode }).toEqual({ round, exitCode: 1 });
      const more = load.untilAccepted(ROUND_EVENTS);
      const rebuilt = await Promise.all([
        runQueueflow(REBUILD, { env }),
        runQueueflow(REBUILD, { env }),
      ]);
      expect(rebuilt.map(({ stderr }) => stderr)).toEqual(["", ""]);
      const repaired = await runQueueflow(["verify"], { env });
      expect(repaired).toMatchObject({ exitCode: 0, stderr: "" });
      await more;
    }
    await load.stop();
    await checkAllStored(servers, load);
    expect([...load.statuses.keys()]).toEqual([202]);
    const failed = engine.output.records.filter(
      ({ level }) => level === "warn" || level === "error",
    );
    expect(failed).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "rebuild, prune and verify agree while events are stored",
  async () => {
    await using servers = await openEngineServers();
    const env = { ...servers.env, CONSUMER_WORKERS: "4", BATCH_ENTRIES_MAX: "5" };
    await using engine = await startEngine({ env });
    await using database = openDatabase(servers);
    await using load = startLoad({ url: () => engine.url, siteId: SITE });
    const verify = async () => await runQueueflow(["verify"], { env });
    const rebuild = async () => await runQueueflow(REBUILD, { env });
    const prune = async () => await runQueueflow(["prune", "--older-than", "30"], { env });
    await load.untilAccepted(ROUND_EVENTS);
    for (let round = 1; round <= SIDE_BY_SIDE_ROUNDS; round += 1) {
      // The same site as the load, so that batches and prunes share rows.
      const dates = [`2025-12-0${round}`];
      await seedEvents(database, { siteId: SITE, dates, eventsEach: OLD_EVENTS });
      await packAllSites(servers.env["DATABASE_URL"] ?? "");
      await corrupt(servers.sql, { siteId: SITE, date: DATE });
      const more = load.untilAccepted(ROUND_EVENTS);
      const outcomes = await Promise.all([rebuild(), prune(), rebuild(), prune()]);
      expect(outcomes.map(({ stderr }) => stderr).filter((text) => !BUSY.test(text))).toEqual([]);
      // Each sees one snapshot, in which everything agrees.
      const seen = await Promise.all([verify(), rebuild(), prune(), verify()]);
      expect(seen.filter(({ stderr }) => !BUSY.test(stderr))).toEqual([]);
      await more;
    }
    await load.stop();
    await untilDrained(servers);
    expect(await verify()).toMatchObject({ exitCode: 0, stderr: "" });
    const [counted] = await servers.sql`
      SELECT (SELECT count(*) FROM events)::int + (SELECT sum(events) FROM pruned_days)::int AS events,
        (SELECT sum(total_views) FROM daily_site_stats)::int AS views`;
    const stored = load.accepted.size + SIDE_BY_SIDE_ROUNDS * OLD_EVENTS;
    expect(counted).toEqual({ events: stored, views: stored });
    expect(await servers.sql`SELECT FROM pruned_days`).not.toHaveLength(0);
  },
  TIMEOUT_MS,
);

function openDatabase({ env }: EngineServers): Database & AsyncDisposable {
  const database = new Database({ url: env["DATABASE_URL"] ?? "", connectionsMax: 1 });
  return Object.assign(database, {
    [Symbol.asyncDispose]: async () => await database.close(1_000),
  });
}

test(
  "an engine deletes old events and keeps their numbers",
  async () => {
    await using servers = await openEngineServers();
    const env = { ...servers.env, STREAM_RETAIN_ENTRIES: "0" };
    {
      await using engine = await startEngine({ env });
      await using load = startLoad({ url: () => engine.url, siteId: SITE });
      await load.untilAccepted(ROUND_EVENTS);
      await load.stop();
      await untilDrained(servers);
      expect(await engine.stop()).toBe(0);
    }
    await servers.redis.xtrim(servers.key.stream, "MAXLEN", 0);
    // A third, since a prune of more than half of all events waits for a person.
    const aged = await servers.sql`UPDATE events SET received_at = timestamp WHERE id % 3 = 0`;
    const old = aged.count;
    await packAllSites(servers.env["DATABASE_URL"] ?? "");
    await using engine = await startEngine({ env: { ...env, EVENTS_RETENTION_DAYS: "30" } });
    await using load = startLoad({ url: () => engine.url, siteId: SITE });
    const deleted = await engine.output.record("Old events deleted, their numbers stay");
    expect(deleted).toMatchObject({ level: "info", thread: "reclaimer", events: old });
    await load.untilAccepted(ROUND_EVENTS);
    await load.stop();
    await untilDrained(servers);
    const left = (await servers.sql`SELECT FROM events`).length;
    expect(left).toBeGreaterThanOrEqual(load.accepted.size);
    const verified = await runQueueflow(["verify"], { env });
    expect(verified).toMatchObject({ exitCode: 0, stderr: "" });
    const views = await Promise.all(
      ["2026-01-14", "2026-01-15", "2026-01-16"].map(async (date) => {
        const { body } = await readStats(engine, { site_id: SITE, date });
        return Number(body["total_views"]);
      }),
    );
    expect(views.reduce((sum, ofDay) => sum + ofDay, 0)).toBe(old + left);
    expect((await runQueueflow(REBUILD, { env })).stderr).toContain("were pruned");
    expect(await engine.stop()).toBe(0);
  },
  TIMEOUT_MS,
);
