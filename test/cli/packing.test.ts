import { beforeEach, describe, expect, test } from "bun:test";
import { UPKEEP_LOCK } from "../../src/store/advisory-locks.ts";
import { eventually } from "../support/eventually.ts";
import { packAllSites } from "../support/packing.ts";
import { seedEvents } from "../support/seed-events.ts";
import { useTestDatabase } from "../support/test-database.ts";
import { useTestRedis } from "../support/test-stream.ts";
import { runQueueflow } from "./run-queueflow.ts";

const SITE = "example.com";
const DATES = ["2026-01-14", "2026-01-15"];
const REBUILD = ["packing", "rebuild", "--site", SITE];

const redisOfFile = useTestRedis();
const file = useTestDatabase();

beforeEach(async () => {
  await file.sql`
    TRUNCATE events, daily_site_stats, daily_site_path_counts, daily_site_users, pruned_days, site_packing, day_chunks`;
  await seedEvents(file.database, { siteId: SITE, dates: DATES, eventsEach: 10 });
});

async function queueflow(...args: readonly string[]) {
  const stream = redisOfFile.streamKey();
  const env = { DATABASE_URL: file.url, REDIS_URL: redisOfFile.url, REDIS_STREAM: stream };
  return await runQueueflow(args, { env });
}

async function pruneDay(date: string | undefined): Promise<void> {
  await file.sql`DELETE FROM events WHERE timestamp::date = ${date ?? ""}::text::date`;
  await file.sql`INSERT INTO pruned_days (site_id, date, events, packed) VALUES (${SITE}, ${date ?? ""}::text::date, 10, 10)`;
}

describe("queueflow packing", () => {
  test("status counts what is not packed", async () => {
    const before = await queueflow("packing", "status");
    expect(before.stderr).toBe("");
    expect(before.stdout).toBe(`20 events of 1 site not packed yet:\n  ${SITE}  20\n`);
    await packAllSites(file.url);
    expect((await queueflow("packing", "status")).stdout).toBe("All stored events are packed.\n");
    const { stdout } = await queueflow("packing", "status", "--json");
    expect(JSON.parse(stdout)).toEqual({ unpacked_events: 0, sites: [], waits_for: [] });
  });

  test("verify finds events that chunks lack, and rebuild adds them", async () => {
    await packAllSites(file.url);
    expect(await queueflow("verify")).toMatchObject({ exitCode: 0, stderr: "" });
    // A row below the watermark, as no session may store one.
    await file.sql`UPDATE events SET path = '/other' WHERE id = (SELECT min(id) FROM events)`;
    await file.sql`UPDATE daily_site_path_counts SET path = '/other' WHERE false`;
    const { stdout, exitCode } = await queueflow("verify");
    expect(stdout).toContain(`${SITE}  2026-01-14  chunks: 1 event missing, 1 surplus`);
    expect(exitCode).toBe(1);
    const rebuilt = await queueflow(...REBUILD, "--from", "2026-01-14", "--to", "2026-01-14");
    expect(rebuilt).toMatchObject({
      stdout: `Packed 10 events of 1 day of ${SITE} again.\n`,
      exitCode: 0,
    });
    expect((await queueflow("verify")).stdout).not.toContain("chunks:");
  });

  test("verify finds a chunk that is damaged or gone", async () => {
    await packAllSites(file.url);
    await pruneDay(DATES[0]);
    expect(await queueflow("verify")).toMatchObject({ exitCode: 0, stderr: "" });
    await file.sql`UPDATE day_chunks SET path = '\\x0102' WHERE date = ${DATES[1] ?? ""}::text::date`;
    await file.sql`DELETE FROM day_chunks WHERE date = ${DATES[0] ?? ""}::text::date`;
    const { stdout } = await queueflow("verify");
    expect(stdout).toContain(`${DATES[0]}  chunks: 0 events missing, -10 surplus`);
    expect(stdout).toContain(`${DATES[1]}  chunks: Column path of a chunk`);
  });

  test("rebuild leaves days with pruned events as they are", async () => {
    await packAllSites(file.url);
    await pruneDay(DATES[0]);
    const before = await file.sql`SELECT date::text, version FROM day_chunks ORDER BY date`;
    const { stdout, stderr, exitCode } = await queueflow(...REBUILD);
    expect(stdout).toBe(`Packed 10 events of 1 day of ${SITE} again.\n`);
    expect(stderr).toStartWith(`queueflow: Events of ${DATES[0]} were pruned`);
    expect(exitCode).toBe(1);
    const after = await file.sql`SELECT date::text, version FROM day_chunks ORDER BY date`;
    expect(after[0]).toEqual(before[0]);
    expect(after[1]?.["version"]).not.toBe(before[1]?.["version"]);
    expect(await queueflow("verify")).toMatchObject({ exitCode: 0, stderr: "" });
  });

  test("rebuild waits while a prune runs", async () => {
    await packAllSites(file.url);
    const [locked] = await file.sql`
      SELECT pg_advisory_lock(${UPKEEP_LOCK}), clock_timestamp()::text AS at`;
    const rebuilt = queueflow(...REBUILD);
    await eventually(async () => {
      const tried = await file.sql`
        SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND state = 'idle' AND query_start > ${String(locked?.["at"])}::text::timestamptz
          AND (query ILIKE '%rollback%' OR query ILIKE '%commit%')`;
      expect(tried.length).toBeGreaterThan(0);
    });
    await file.sql`SELECT pg_advisory_unlock(${UPKEEP_LOCK})`;
    expect(await rebuilt).toMatchObject({ exitCode: 0 });
  });
});
