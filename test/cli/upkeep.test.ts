import { beforeEach, describe, expect, test } from "bun:test";
import { UPKEEP_LOCK } from "../../src/store/advisory-locks.ts";
import { storeByInsert } from "../../src/store/batch/store-by-insert.ts";
import { rebuildDay } from "../../src/store/rollups/rebuild-day.ts";
import { readDays, readSettledId } from "../../src/store/rollups/rebuild-plan.ts";
import { checkInvariants } from "../support/check-invariants.ts";
import { eventually } from "../support/eventually.ts";
import { packAllSites } from "../support/packing.ts";
import { sampleReceivedEvent } from "../support/sample-event.ts";
import { corrupt, seedEvents } from "../support/seed-events.ts";
import { useTestDatabase } from "../support/test-database.ts";
import { useTestRedis } from "../support/test-stream.ts";
import { runQueueflow, startQueueflow } from "./run-queueflow.ts";

const SITE = "example.com";
const DATES = ["2026-01-14", "2026-01-15", "2026-01-16"];
const EVENTS_EACH = 10;
const REBUILD = ["rebuild", "--site", SITE, "--from", "2026-01-01", "--to", "2026-01-31"];
const PRUNE = ["prune", "--older-than", "30", "--yes"];
const DAY_MS = 24 * 60 * 60 * 1_000;
const YESTERDAY = new Date(Date.now() - DAY_MS).toISOString().slice(0, 10);

const redisOfFile = useTestRedis();
const file = useTestDatabase();

let stream: string;
beforeEach(async () => {
  stream = redisOfFile.streamKey();
  await file.sql`
    TRUNCATE events, daily_site_stats, daily_site_path_counts, daily_site_users, pruned_days, retention_state, site_packing, day_chunks`;
  await seedEvents(file.database, { siteId: SITE, dates: DATES, eventsEach: EVENTS_EACH });
});

function env(): Readonly<Record<string, string>> {
  return { DATABASE_URL: file.url, REDIS_URL: redisOfFile.url, REDIS_STREAM: stream };
}

async function queueflow(...args: readonly string[]) {
  return await runQueueflow(args, { env: env() });
}

describe("queueflow verify", () => {
  test("verify confirms in one line that everything matches", async () => {
    const stdout = "OK: the rollups match 30 events over 3 days.\n";
    expect(await queueflow("verify")).toEqual({ exitCode: 0, stdout, stderr: "" });
    expect((await queueflow("verify", "--site", SITE)).stdout).toBe(stdout);
    const { stdout: part } = await queueflow(
      "verify",
      "--from",
      "2026-01-15",
      "--to",
      "2026-01-15",
    );
    expect(part).toBe("OK: the rollups match 10 events over 1 day.\n");
  });

  test("verify shows every kind of violation and exits with 1", async () => {
    await corrupt(file.sql, { siteId: SITE, date: "2026-01-15" });
    const { exitCode, stdout, stderr } = await queueflow("verify");
    expect(stdout.split("\n")).toEqual([
      `${SITE}  2026-01-15  10 events: total_views 13, views of all paths 15; 5 users: unique_users 0`,
      `${SITE}  2026-01-15  user ghost has a row but no events`,
      `${SITE}  2026-01-15  user user-1 has events but no row`,
      `${SITE}  2026-01-15  path /0: 4 events, views missing`,
      `${SITE}  2026-01-15  path /1: 3 events, views 5`,
      `${SITE}  2026-01-15  path /ghost: 0 events, views 7`,
      "",
    ]);
    expect(stderr).toBe(
      "queueflow: The rollups do not match the events: 6 differences in 30 events over 3 days; `queueflow rebuild` corrects a site's days\n",
    );
    expect(exitCode).toBe(1);
    expect((await queueflow("verify", "--to", "2026-01-14")).exitCode).toBe(0);
    expect((await queueflow("verify", "--from", "2026-01-16")).exitCode).toBe(0);
  });

  test("verify prints one object with --json", async () => {
    await file.sql`UPDATE daily_site_stats SET total_views = 11 WHERE date = '2026-01-16'`;
    const { exitCode, stdout } = await queueflow("verify", "--json");
    expect(JSON.parse(stdout)).toEqual({
      events: 30,
      days: 3,
      violations: 1,
      rows: [
        {
          kind: "day",
          site_id: SITE,
          date: "2026-01-16",
          events: 10,
          pruned_events: 0,
          total_views: 11,
          path_views: 10,
          unique_users: 5,
          users: 5,
        },
      ],
    });
    expect(exitCode).toBe(1);
  });

  test("verify finds rollups without events and shortens the list", async () => {
    await file.sql`INSERT INTO daily_site_stats VALUES ('a\u001b[31m', '2020-02-29', 1, 0)`;
    await file.sql`
      INSERT INTO daily_site_path_counts
      SELECT 'other', '2030-01-01', '/' || number, 1 FROM generate_series(1, 30) AS number`;
    const { exitCode, stdout } = await queueflow("verify");
    expect(stdout).toStartWith(
      "a\\u001b[31m  2020-02-29  0 events: total_views 1, views of all paths missing; 0 users: unique_users 0\n",
    );
    expect(stdout).toEndWith("and 12 more\n");
    expect(exitCode).toBe(1);
  });
});

describe("queueflow rebuild", () => {
  test("rebuild corrects everything, then finds nothing wrong", async () => {
    await corrupt(file.sql, { siteId: SITE, date: "2026-01-15" });
    await file.sql`UPDATE daily_site_stats SET total_views = 1 WHERE date = '2026-01-16'`;
    await file.sql`INSERT INTO daily_site_stats VALUES (${SITE}, '2026-01-20', 1, 1)`;
    const { exitCode, stdout, stderr } = await queueflow(...REBUILD);
    expect(stdout).toBe(
      [
        `Rebuilt 4 days of ${SITE} and corrected 3:`,
        "  2026-01-15  3 paths, 2 users",
        "  2026-01-16  the totals",
        "  2026-01-20  the totals",
        "",
      ].join("\n"),
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(await checkInvariants(file.sql)).toBe(30);
    expect((await queueflow("verify")).exitCode).toBe(0);
    expect((await queueflow(...REBUILD)).stdout).toBe(
      `Rebuilt 3 days of ${SITE}: all were right.\n`,
    );
  });

  test("rebuild restores deleted rollups", async () => {
    await file.sql`TRUNCATE daily_site_stats, daily_site_path_counts, daily_site_users`;
    expect((await queueflow(...REBUILD)).exitCode).toBe(0);
    expect(await checkInvariants(file.sql)).toBe(30);
  });

  test("rebuild leaves no day half done when interrupted", async () => {
    await corrupt(file.sql, { siteId: SITE, date: "2026-01-15" });
    const before = await file.sql`SELECT * FROM daily_site_users ORDER BY 1, 2, 3`.values();
    await file.sql.begin(async (tx) => {
      await tx`LOCK TABLE daily_site_stats IN SHARE MODE`;
      const command = startQueueflow(REBUILD, { env: env() });
      await eventually(async () => {
        const waiting = await tx`SELECT FROM pg_locks WHERE NOT granted`;
        expect(waiting.length).toBeGreaterThan(0);
      });
      command.interrupt();
      const { exitCode, stderr } = await command.result;
      expect(stderr).toBe("queueflow: Stopped after 1 day; no day is left half rebuilt\n");
      expect(exitCode).toBe(130);
    });
    expect(await file.sql`SELECT * FROM daily_site_users ORDER BY 1, 2, 3`.values()).toEqual(
      before,
    );
    expect((await queueflow(...REBUILD)).exitCode).toBe(0);
    await checkInvariants(file.sql);
  });

  test("rebuild is right beside a batch that is being stored", async () => {
    const date = "2026-01-15";
    await corrupt(file.sql, { siteId: SITE, date });
    const settledId = await readSettledId(file.database);
    const [day] = await readDays(file.database, { siteId: SITE, from: date, to: date });
    if (day === undefined) throw new Error("The day has events");
    // The rebuild is about to delete this user's row, which the batch has found.
    const event = { siteId: SITE, userId: "ghost", timestamp: `${date}T12:00:00.000Z` };
    const { rebuilding } = await file.database.transaction(60_000, async (tx) => {
      await storeByInsert(tx, [sampleReceivedEvent(event)]);
      const work = rebuildDay(file.database, { siteId: SITE, day, settledId });
      const isWaiting = eventually(async () => {
        const waiting = await file.sql`
          SELECT FROM pg_locks WHERE NOT granted AND relation = 'events'::regclass`;
        expect(waiting.length).toBeGreaterThan(0);
      }, 2_000);
      await isWaiting.catch(() => undefined);
      return { rebuilding: work };
    });
    await rebuilding;
    expect(await checkInvariants(file.sql)).toBe(31);
  });

  test("rebuild gives up when another session locks the table", async () => {
    await file.sql.begin(async (tx) => {
      await tx`LOCK TABLE events IN ROW EXCLUSIVE MODE`;
      const { exitCode, stderr } = await queueflow(...REBUILD);
      expect(stderr).toContain("Another session has locked a table of the engine: try again");
      expect(exitCode).toBe(1);
    });
  }, 60_000);

  test("rebuild refuses pruned days and changes nothing", async () => {
    await file.sql`DELETE FROM events WHERE timestamp < '2026-01-15'`;
    await file.sql`INSERT INTO pruned_days VALUES (${SITE}, '2026-01-14', 10)`;
    await file.sql`UPDATE daily_site_stats SET total_views = 1 WHERE date = '2026-01-16'`;
    const { exitCode, stdout, stderr } = await queueflow(...REBUILD);
    expect(stderr).toStartWith("queueflow: Events of 2026-01-14 were pruned, so");
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    const [day] =
      await file.sql`SELECT total_views::int FROM daily_site_stats WHERE date = '2026-01-16'`;
    expect(day).toEqual({ total_views: 1 });
  });
});

describe("queueflow prune", () => {
  beforeEach(async () => {
    await seedEvents(file.database, { siteId: SITE, dates: [YESTERDAY], eventsEach: 1 });
    await packAllSites(file.url);
  });

  async function eventsLeft(): Promise<number> {
    return (await file.sql`SELECT FROM events`).length;
  }

  test("prune deletes old events, and verify accounts for them", async () => {
    await file.sql`UPDATE events SET received_at = now() WHERE user_id = 'user-0' AND received_at < '2026-02-01'`;
    const { stdout, exitCode } = await queueflow(...PRUNE);
    expect(stdout).toBe("Deleted 24 events of 2026-01-14 to 2026-01-16.\n");
    expect(exitCode).toBe(0);
    expect(await eventsLeft()).toBe(7);
    const pruned = await file.sql`SELECT date::text, events::int FROM pruned_days ORDER BY date`;
    expect([...pruned]).toEqual(DATES.map((date) => ({ date, events: 8 })) as never);
    const stats = await file.sql`SELECT total_views::int, unique_users::int FROM daily_site_stats
      WHERE date < '2026-02-01'`;
    expect([...stats]).toEqual(DATES.map(() => ({ total_views: 10, unique_users: 5 })) as never);
    expect((await queueflow("verify")).stdout).toBe(
      "OK: the rollups match 7 events over 4 days.\n",
    );
    expect((await queueflow(...PRUNE)).stdout).toBe("Deleted 0 events.\n");
    expect((await queueflow(...REBUILD)).exitCode).toBe(1);
    await file.sql`DELETE FROM events WHERE id = (SELECT min(id) FROM events)`;
    expect((await queueflow("verify")).stdout).toContain("1 event and 8 pruned: total_views 10,");
  });

  test.each([
    ["a chunk with fewer events than the day has rows", 9, 9],
    ["a chunk with fewer events than the day's total", 9, 10],
    ["no chunk at all", 0, 0],
  ])("prune deletes no row of a day with %s", async (_, packed, total) => {
    const day = DATES[0] ?? "";
    await file.sql`UPDATE day_chunks SET events = ${packed} WHERE date = ${day} AND ${packed} > 0`;
    await file.sql`DELETE FROM day_chunks WHERE date = ${day} AND ${packed} = 0`;
    await file.sql`UPDATE daily_site_stats SET total_views = ${total} WHERE date = ${day}`;
    const { stdout } = await queueflow(...PRUNE);
    expect(stdout).toContain("Deleted 20 events of 2026-01-15 to 2026-01-16");
    expect(await eventsLeft()).toBe(11);
    const pruned = await file.sql`SELECT events::int, unpacked::int FROM pruned_days`;
    expect([...pruned]).toEqual([1, 2].map(() => ({ events: 10, unpacked: 0 })) as never);
  });

  test("prune only reports in a dry run", async () => {
    const { stdout } = await queueflow(...PRUNE, "--dry-run");
    expect(stdout).toBe("Would delete 30 events of 2026-01-14 to 2026-01-16.\n");
    expect(await eventsLeft()).toBe(31);
    expect(await file.sql`SELECT FROM pruned_days`).toHaveLength(0);
  });

  test("prune uses EVENTS_RETENTION_DAYS", async () => {
    const days = (Date.parse(YESTERDAY) - Date.parse("2026-01-16")) / DAY_MS;
    const options = { env: { ...env(), EVENTS_RETENTION_DAYS: String(days) } };
    expect((await runQueueflow(["prune", "--yes"], options)).stdout).toBe(
      "Deleted 20 events of 2026-01-14 to 2026-01-15.\n",
    );
  });

  test("prune keeps events that the stream may repeat", async () => {
    const oldestMs = Date.parse("2026-01-15T12:00:01.000Z") + 30 * DAY_MS;
    await redisOfFile.redis.xadd(stream, `${oldestMs}-0`, "any", "field");
    expect((await queueflow(...PRUNE)).stdout).toBe(
      `Deleted 10 events of 2026-01-14.
Days are counted back from the oldest entry of the stream, 2026-02-14T12:00:01.000Z.
`,
    );
  });

  test("prune counts back from the newest event if all are old", async () => {
    await file.sql`DELETE FROM events WHERE received_at > '2026-02-01'`;
    const { stdout } = await queueflow(...PRUNE);
    expect(stdout).toStartWith("Deleted 0 events.\nDays are counted back from the newest event");
  });

  test("prune asks before deleting more than half of all events", async () => {
    const unasked = PRUNE.filter((word) => word !== "--yes");
    const { exitCode, stderr } = await queueflow(...unasked);
    expect(stderr).toStartWith(
      "queueflow: Deleted nothing: this would delete 30 events of 2026-01-14 to 2026-01-16, more than half of all events.",
    );
    expect(stderr).toContain("If that is right, add --yes");
    expect(exitCode).toBe(1);
    expect(await eventsLeft()).toBe(31);
    await seedEvents(file.database, { siteId: SITE, dates: [YESTERDAY], eventsEach: 29 });
    expect((await queueflow(...unasked)).stdout).toStartWith("Deleted 30 events");
  });

  test("prune skips events received in the future", async () => {
    await file.sql`UPDATE events SET received_at = '2100-01-01' WHERE timestamp < '2026-01-15'`;
    expect((await queueflow(...PRUNE)).stdout).toBe(
      "Deleted 20 events of 2026-01-15 to 2026-01-16.\n",
    );
  });

  test("prune deletes nothing without Redis", async () => {
    const options = { env: { ...env(), REDIS_URL: "redis://127.0.0.1:1" } };
    expect((await runQueueflow(PRUNE, options)).exitCode).toBe(1);
    expect(await eventsLeft()).toBe(31);
  });

  test("prune leaves the work to another running prune", async () => {
    await file.sql.begin(async (tx) => {
      await tx`SELECT pg_advisory_xact_lock(${UPKEEP_LOCK})`;
      const { exitCode, stderr } = await queueflow(...PRUNE);
      expect(stderr).toContain("Another process is deleting old events or rebuilding a day");
      expect(exitCode).toBe(1);
    });
    expect(await eventsLeft()).toBe(31);
  });

  test("prune leaves nothing half done when interrupted", async () => {
    await file.sql.begin(async (tx) => {
      await tx`LOCK TABLE pruned_days IN SHARE MODE`;
      const command = startQueueflow(PRUNE, { env: env() });
      await eventually(async () => {
        expect((await tx`SELECT FROM pg_locks WHERE NOT granted`).length).toBeGreaterThan(0);
      });
      command.interrupt();
      const { exitCode, stderr } = await command.result;
      expect(stderr).toBe("queueflow: Stopped after 0 events; it is safe to run this again\n");
      expect(exitCode).toBe(130);
    });
    expect(await eventsLeft()).toBe(31);
    expect(await file.sql`SELECT FROM pruned_days`).toHaveLength(0);
  });
});

describe("queueflow verify and rebuild", () => {
  test.each([
    [["verify", "--site", "nobody"]],
    [["rebuild", "--site", "nobody", "--from", "2026-01-01", "--to", "2026-01-31"]],
  ])("report an unknown site for %j", async (args) => {
    const { exitCode, stderr } = await queueflow(...args);
    expect(stderr).toStartWith('queueflow: Site "nobody" has no events');
    expect(exitCode).toBe(1);
  });

  test("verify exits with 130 when interrupted", async () => {
    await file.sql.begin(async (tx) => {
      await tx`LOCK TABLE events IN ACCESS EXCLUSIVE MODE`;
      const command = startQueueflow(["verify"], { env: env() });
      await eventually(async () => {
        expect((await tx`SELECT FROM pg_locks WHERE NOT granted`).length).toBeGreaterThan(0);
      });
      command.interrupt();
      const { exitCode, stderr } = await command.result;
      expect(stderr).toBe("queueflow: Stopped before everything was verified\n");
      expect(exitCode).toBe(130);
    });
  });
});
