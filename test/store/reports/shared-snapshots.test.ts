import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { SQL } from "bun";
import fc from "fast-check";
import type { ReceivedEvent } from "../../../src/event/event.ts";
import { answerQuestion } from "../../../src/reporting/answer-question.ts";
import type { ColumnName } from "../../../src/reporting/columns/day-events.ts";
import { ExportSessions } from "../../../src/reporting/export/export-sessions.ts";
import { Vocabularies } from "../../../src/reporting/fold/ids/vocabularies.ts";
import type { ReportQuery } from "../../../src/reporting/query/report-query.ts";
import {
  openSiteSnapshot,
  type SnapshotOptions,
} from "../../../src/reporting/snapshot/open-site-snapshot.ts";
import type { SiteSnapshot } from "../../../src/reporting/snapshot/site-snapshot.ts";
import {
  openSnapshotSource,
  type SnapshotSource,
} from "../../../src/reporting/snapshot/snapshot-source.ts";
import { openSql } from "../../../src/store/open-sql.ts";
import { SnapshotLost } from "../../../src/store/reports/read-transaction.ts";
import { eventually } from "../../support/eventually.ts";
import { rejectionOf } from "../../support/rejection-of.ts";
import { eventsOf } from "../../support/reports/column-rows.ts";
import { packRows } from "../../support/reports/pack-rows.ts";
import { storeEvents } from "../../support/reports/store-events.ts";
import { sampleReceivedEvent } from "../../support/sample-event.ts";
import { useTestDatabase } from "../../support/test-database.ts";
import { questionOf } from "../../unit/reporting/report-questions.ts";

// Before the database is dropped.
afterAll(async () => {
  await source.close();
  await sql.close();
});
const here = useTestDatabase();
const SITE = "example.com";
const DATE = "2026-01-15";
const LATER = "-0000-4000-8000-000000000000";
const NEVER = new AbortController().signal;

let sql: SQL;
let source: SnapshotSource;

beforeAll(() => {
  sql = openSql({ url: here.url, connectionsMax: 1 });
  source = openSnapshotSource({ url: here.url, connectionsMax: 4, cacheBytesMax: 2 ** 20 });
});
afterEach(async () => {
  await here.sql`TRUNCATE events, daily_site_stats, daily_site_path_counts, daily_site_path_floors,
    daily_site_users, pruned_days, day_chunks, site_packing, packing_secret RESTART IDENTITY`;
});

async function store(event: Partial<ReceivedEvent> = {}): Promise<void> {
  await storeEvents(here.database, [sampleReceivedEvent({ siteId: SITE, ...event })]);
}

async function open(more: Partial<SnapshotOptions> = {}): Promise<SiteSnapshot> {
  return await openSiteSnapshot(source, {
    siteId: SITE,
    signal: NEVER,
    askedAtMs: performance.now(),
    eventsMax: 1_000_000,
    choose: () => ({ columns: new Set(["path"] as const), orderMatters: false }),
    ...more,
  });
}

/** Asks for the events of the day as a report thread does. */
async function ask(): Promise<unknown> {
  const question = questionOf(SITE);
  if (question.kind !== "report") throw new Error("Expected a report");
  const query: ReportQuery = {
    ...question.query,
    metrics: ["events"],
    dateRange: { kind: "dates", from: DATE, to: DATE },
  };
  const turn = { pause: () => undefined, signal: NEVER, askedAtMs: performance.now() };
  const parts = { source, exports: new ExportSessions(source), vocabularies: new Vocabularies() };
  const { body } = await answerQuestion({ ...question, query }, { ...parts, turn });
  return JSON.parse(new TextDecoder().decode(body));
}

async function countIn(snapshot: SiteSnapshot): Promise<number> {
  return (await snapshot.readDay(DATE))?.events.count ?? 0;
}

describe("questions of a site", () => {
  test("share a snapshot that began after they were asked", async () => {
    await store();
    const { opened } = source.snapshots;
    const snapshots = await Promise.all([open(), open(), open()]);
    expect(source.snapshots.opened).toBe(opened + 1);
    expect(await Promise.all(snapshots.map(countIn))).toEqual([1, 1, 1]);
    for (const snapshot of snapshots) snapshot.end();
  });

  test("that waited share the snapshot of one that has ended", async () => {
    const askedAtMs = performance.now();
    const { opened } = source.snapshots;
    for (let times = 1; times <= 3; times += 1) (await open({ askedAtMs })).end();
    expect(source.snapshots.opened).toBe(opened + 1);
  });

  test("share no snapshot that began before they were asked", async () => {
    await store();
    const early = await open();
    await store();
    const late = await open();
    expect([await countIn(early), await countIn(late)]).toEqual([1, 2]);
    early.end();
    late.end();
  });

  test("see each event that was stored before they were asked", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom("store", "ask", "open", "read"), { maxLength: 24 }),
        async (steps) => {
          await here.sql`TRUNCATE events, daily_site_stats, daily_site_path_counts, daily_site_path_floors, daily_site_users`;
          let stored = 0;
          const asked: { askedAtMs: number; storedMin: number }[] = [];
          const opened: { snapshot: SiteSnapshot; storedMin: number; storedMax: number }[] = [];
          const read = async () => {
            for (const { snapshot, storedMin, storedMax } of opened.splice(0)) {
              const count = await countIn(snapshot);
              expect(count).toBeGreaterThanOrEqual(storedMin);
              expect(count).toBeLessThanOrEqual(storedMax);
              snapshot.end();
            }
          };
          for (const step of steps) {
            if (step === "store") {
              await store();
              stored += 1;
            } else if (step === "ask") {
              asked.push({ askedAtMs: performance.now(), storedMin: stored });
            } else if (step === "read") {
              await read();
            } else {
              for (const { askedAtMs, storedMin } of asked.splice(0, 2))
                opened.push({ snapshot: await open({ askedAtMs }), storedMin, storedMax: stored });
            }
          }
          await read();
        },
      ),
      { numRuns: 40 },
    );
  });

  test("of other sites have other snapshots", async () => {
    await store();
    const [one, other] = await Promise.all([open(), open({ siteId: "other.example" })]);
    expect([await countIn(one), await countIn(other)]).toEqual([1, 0]);
    one.end();
    other.end();
  });

  test("have the columns that they chose of a shared tail", async () => {
    await store({ path: "/a", country: "DE", userId: "u", eventId: "b".repeat(8) + LATER });
    await store({ path: "/b", country: "FR", userId: "v", eventId: "a".repeat(8) + LATER });
    const chosen: readonly (readonly ColumnName[])[] = [
      ["path"],
      ["country", "users"],
      [],
      ["path", "country", "user_texts", "users"],
    ];
    const read = async (columns: readonly ColumnName[], askedAtMs?: number) => {
      const choose = () => ({ columns: new Set(columns), orderMatters: true });
      const snapshot = await open({ choose, ...(askedAtMs !== undefined && { askedAtMs }) });
      const day = await snapshot.readDay(DATE);
      snapshot.end();
      return day && { ...day, rows: columns.includes("user_texts") && eventsOf(DATE, day.events) };
    };
    const askedAtMs = performance.now();
    const together = await Promise.all(
      chosen.map(async (columns) => await read(columns, askedAtMs)),
    );
    for (const [i, columns] of chosen.entries()) {
      await nextTurn();
      expect(together[i]).toEqual(await read(columns));
    }
  });
});

test("connections are given back once the last question has ended", async () => {
  for (let times = 1; times <= 10; times += 1) {
    const snapshots = await Promise.all([open(), open(), open()]);
    for (const snapshot of snapshots) snapshot.end();
    await nextTurn();
  }
  await eventually(async () => {
    const rows = await here.sql`
      SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'`;
    expect([...rows]).toEqual([]);
  });
});

describe("a question that shares a snapshot", () => {
  test("is answered when another one's client leaves", async () => {
    await store();
    const leaving = new AbortController();
    const choose: SnapshotOptions["choose"] = async ({ sql: inside }) => {
      const sleeping = inside`SELECT pg_sleep(0.2)`.execute();
      leaving.abort(new Error("The client left"));
      await sleeping;
      return { columns: new Set(), orderMatters: false };
    };
    const left = rejectionOf(open({ choose, signal: leaving.signal }));
    const snapshot = await open();
    expect(await left).toEqual(new Error("The client left"));
    expect(await countIn(snapshot)).toBe(1);
    snapshot.end();
  });

  test("fails as lost when another one's statement fails", async () => {
    await store();
    const choose: SnapshotOptions["choose"] = async ({ sql: inside }) => {
      await inside`SELECT 1 / 0`;
      return { columns: new Set(), orderMatters: false };
    };
    const failed = rejectionOf(open({ choose }));
    const snapshot = await open();
    expect(await failed).toMatchObject({ message: "division by zero" });
    expect(await rejectionOf(countIn(snapshot))).toBeInstanceOf(SnapshotLost);
    snapshot.end();
  });

  test("is answered from another snapshot then", async () => {
    await store();
    await packRows(sql, SITE, [1]);
    const choose: SnapshotOptions["choose"] = async ({ sql: inside }) => {
      await inside`SELECT 1 / 0`;
      return { columns: new Set(), orderMatters: false };
    };
    const { opened } = source.snapshots;
    const failed = rejectionOf(open({ choose }));
    const answer = await ask();
    await failed;
    expect(answer).toMatchObject({ results: [{ metrics: [1] }] });
    expect(source.snapshots.opened).toBe(opened + 2);
  });
});
