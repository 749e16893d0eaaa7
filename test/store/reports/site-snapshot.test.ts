import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { SQL } from "bun";
import fc from "fast-check";
import type { ReceivedEvent } from "../../../src/event/event.ts";
import { TEXT_COLUMNS } from "../../../src/event/text-columns.ts";
import type { ColumnName } from "../../../src/reporting/columns/day-events.ts";
import {
  openSiteSnapshot,
  type SnapshotOptions,
} from "../../../src/reporting/snapshot/open-site-snapshot.ts";
import type { SnapshotDay } from "../../../src/reporting/snapshot/site-snapshot.ts";
import {
  openSnapshotSource,
  type SnapshotSource,
} from "../../../src/reporting/snapshot/snapshot-source.ts";
import { isDatabaseError } from "../../../src/store/database-error.ts";
import { openSql } from "../../../src/store/open-sql.ts";
import { RAW_ROWS_PAGE } from "../../../src/store/reports/raw-rows.ts";
import { rejectionOf } from "../../support/rejection-of.ts";
import {
  type ColumnRow,
  columnRows,
  eventsOf,
  rowsByDate,
  withoutIds,
} from "../../support/reports/column-rows.ts";
import { packRows } from "../../support/reports/pack-rows.ts";
import { storeEvents } from "../../support/reports/store-events.ts";
import { sampleReceivedEvent } from "../../support/sample-event.ts";
import { useTestDatabase } from "../../support/test-database.ts";

// Before the database is dropped.
afterAll(async () => {
  await source.close();
  await sql.close();
});
const here = useTestDatabase();
const SITE = "example.com";
const DATE = "2026-01-15";
const NOON_MS = Date.parse(`${DATE}T12:00:00Z`);
const ALL: ReadonlySet<ColumnName> = new Set([
  "users",
  "user_texts",
  "engaged_ms",
  ...TEXT_COLUMNS,
]);

let sql: SQL;
let source: SnapshotSource;

beforeAll(() => {
  sql = openSql({ url: here.url, connectionsMax: 1 });
  source = openSnapshotSource({ url: here.url, connectionsMax: 3, cacheBytesMax: 2 ** 20 });
});
afterEach(async () => {
  await here.sql`TRUNCATE events, daily_site_stats, daily_site_path_counts, daily_site_path_floors,
    daily_site_users, pruned_days, day_chunks, site_packing, packing_secret RESTART IDENTITY`;
});

function optionsFor(more: Partial<SnapshotOptions> = {}): SnapshotOptions {
  return {
    siteId: SITE,
    signal: AbortSignal.timeout(60_000),
    eventsMax: 1_000_000,
    choose: () => ({ columns: ALL, orderMatters: true }),
    ...more,
  };
}

async function readDays(
  dates: readonly string[],
  more: Partial<SnapshotOptions> = {},
): Promise<readonly (SnapshotDay | undefined)[]> {
  const snapshot = await openSiteSnapshot(source, optionsFor(more));
  try {
    const days: (SnapshotDay | undefined)[] = [];
    for (const date of dates) days.push(await snapshot.readDay(date));
    return days;
  } finally {
    snapshot.end();
  }
}

async function readDate(more: Partial<SnapshotOptions> = {}): Promise<SnapshotDay> {
  const [day] = await readDays([DATE], more);
  if (day === undefined) throw new Error("No events");
  return day;
}

function asEvent({ eventId, timeMs, user, texts, engagedMs }: ColumnRow): ReceivedEvent {
  const properties =
    texts.properties === undefined
      ? {}
      : { properties: JSON.stringify({ text: texts.properties }) };
  return sampleReceivedEvent({
    eventId,
    userId: user,
    timestamp: new Date(timeMs).toISOString(),
    eventType: texts.event_type ?? "",
    path: texts.path ?? "",
    ...(texts.country && { country: texts.country }),
    ...(texts.visitor && { visitor: texts.visitor }),
    ...(texts.utm_term && { utmTerm: texts.utm_term }),
    ...properties,
    ...(engagedMs !== undefined && { engagedMs: String(engagedMs) }),
  });
}

async function store(events: readonly Partial<ReceivedEvent>[]): Promise<void> {
  for (const event of events) await storeEvents(here.database, [sampleReceivedEvent(event)]);
}

test("days equal raw rows, however much is packed", async () => {
  await fc.assert(
    fc.asyncProperty(
      columnRows({ minLength: 1, maxLength: 40 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 3 }),
      async (rows, untilIds) => {
        await here.sql`TRUNCATE events, daily_site_stats, daily_site_path_counts, daily_site_path_floors,
          daily_site_users, day_chunks, site_packing RESTART IDENTITY`;
        await storeEvents(here.database, rows.map(asEvent));
        const ids = await here.sql`SELECT id::int FROM events ORDER BY id`;
        await packRows(
          sql,
          SITE,
          untilIds
            .toSorted((a, b) => a - b)
            .map((n) => Number(ids.at(Math.min(n, ids.length) - 1)?.["id"])),
        );
        const expected = rowsByDate(rows);
        for (const day of await readDays([...expected.keys()])) {
          const ofDate = expected.get(day?.date ?? "") ?? [];
          expect(day?.isIncomplete).toBe(false);
          const read = day ? eventsOf(day.date, day.events) : [];
          expect(byUser(read)).toEqual(byUser(withoutIds(ofDate).map(stored)));
        }
        const within = { fromMs: NOON_MS - 60_000, toMs: NOON_MS + 1 };
        const choose = () => ({ columns: ALL, orderMatters: true, within });
        for (const day of await readDays([DATE], { choose })) {
          const read = day ? eventsOf(day.date, day.events) : [];
          const ofNoon = withoutIds(expected.get(DATE) ?? []).filter(
            ({ timeMs }) => timeMs >= within.fromMs && timeMs < within.toMs,
          );
          expect(byUser(read)).toEqual(byUser(ofNoon.map(stored)));
        }
      },
    ),
    { numRuns: 20, endOnFailure: true },
  );
}, 60_000);

/** Of the order by `event_id`, which is not that of the ids of rows. */
const [EARLIER, LATER] = [
  "00000000-0000-4000-8000-000000000001",
  "00000000-0000-4000-8000-000000000002",
];

describe("events of one user at one instant", () => {
  const pathsOf = ({ events }: SnapshotDay) =>
    eventsOf(DATE, events).map(({ texts }) => texts.path);

  test("are in order of event_id over chunk and tail", async () => {
    await store([
      { eventId: LATER, path: "/later" },
      { eventId: EARLIER, path: "/earlier" },
    ]);
    await packRows(sql, SITE, [1]);
    expect(pathsOf(await readDate())).toEqual(["/earlier", "/later"]);
  });

  test("are in order of event_id over two chunks", async () => {
    await store([
      { eventId: LATER, path: "/later" },
      { eventId: EARLIER, path: "/earlier" },
    ]);
    await packRows(sql, SITE, [1, 2]);
    expect(pathsOf(await readDate())).toEqual(["/earlier", "/later"]);
  });

  test("keep the order of the chunks once they are pruned", async () => {
    await store([
      { eventId: LATER, path: "/later" },
      { eventId: EARLIER, path: "/earlier" },
    ]);
    await packRows(sql, SITE, [1, 2]);
    await here.sql`DELETE FROM events`;
    const day = await readDate();
    expect([pathsOf(day), day.isIncomplete]).toEqual([["/later", "/earlier"], false]);
  });
});

describe("a day whose chunks and tail do not add up", () => {
  test("is read from raw rows and counted", async () => {
    await store([{ path: "/a" }, { path: "/b" }]);
    await packRows(sql, SITE, [1]);
    await here.sql`DELETE FROM day_chunks`;
    const before = source.counts.countMismatches;
    const { events, isIncomplete } = await readDate();
    expect([events.count, isIncomplete]).toEqual([2, false]);
    expect(source.counts.countMismatches).toBe(before + 1);
  });

  test("is incomplete when raw rows are missing too", async () => {
    await store([{ path: "/a" }, { path: "/b" }, { path: "/c" }]);
    await packRows(sql, SITE, [1]);
    await here.sql`DELETE FROM events WHERE path = '/b'`;
    const { events, isIncomplete } = await readDate();
    expect([events.count, isIncomplete]).toEqual([2, true]);
  });

  test("is incomplete when rows were pruned before they were packed", async () => {
    await store([{ path: "/a" }, { path: "/b" }]);
    await here.sql`DELETE FROM events`;
    await here.sql`INSERT INTO pruned_days (site_id, date, events) VALUES (${SITE}, ${DATE}::text::date, 2)`;
    const before = source.counts.countMismatches;
    const { events, isIncomplete } = await readDate();
    expect([events.count, isIncomplete]).toEqual([0, true]);
    expect(source.counts.countMismatches).toBe(before);
  });

  test("is whole when its pruned rows are in chunks", async () => {
    await store([{ path: "/a" }, { path: "/b" }]);
    await packRows(sql, SITE, [1]);
    await here.sql`DELETE FROM events WHERE id = 1`;
    await here.sql`INSERT INTO pruned_days (site_id, date, events, packed) VALUES (${SITE}, ${DATE}::text::date, 1, 1)`;
    const { events, isIncomplete } = await readDate();
    expect([events.count, isIncomplete]).toEqual([2, false]);
  });
});

describe("a damaged chunk", () => {
  const damage = async () =>
    await here.sql`UPDATE day_chunks SET path = set_byte(path, 7, get_byte(path, 7) # 1), version = nextval('day_chunk_versions')`;

  test("is replaced by raw rows", async () => {
    await store([{ path: "/a" }]);
    await packRows(sql, SITE, [1]);
    await damage();
    const { events } = await readDate();
    expect(eventsOf(DATE, events).map(({ texts }) => texts.path)).toEqual(["/a"]);
  });

  test("is replaced without a read of the site's earlier rows", async () => {
    const earlier = 3 * RAW_ROWS_PAGE;
    await here.sql`
      INSERT INTO events (event_id, site_id, event_type, path, user_id, timestamp)
      SELECT gen_random_uuid(), ${SITE}, 'view', '/', 'user', '2026-01-01T00:00:00Z'
      FROM generate_series(1, ${earlier}::int)`;
    await store([{ path: "/a" }]);
    await packRows(sql, SITE, [earlier, earlier + 1]);
    let pauses = 0;
    const pause = () => {
      pauses += 1;
      return undefined;
    };
    await readDate({ pause });
    const pausesWithoutRows = pauses;
    await damage();
    pauses = 0;
    const { events } = await readDate({ pause });
    expect(eventsOf(DATE, events).map(({ texts }) => texts.path)).toEqual(["/a"]);
    // One after each page of rows.
    expect(pauses - pausesWithoutRows).toBeLessThan(3);
  });

  test("fails the question once its rows are pruned", async () => {
    await store([{ path: "/a" }]);
    await packRows(sql, SITE, [1]);
    await damage();
    await here.sql`DELETE FROM events`;
    expect(await rejectionOf(readDate())).toMatchObject({
      code: "chunk_damaged",
      message: `Column path of a chunk does not match its checksum (site ${SITE}, date ${DATE}, part 1)`,
    });
  });

  test("does not matter to questions about other columns", async () => {
    await store([{ path: "/a", country: "DE" }]);
    await packRows(sql, SITE, [1]);
    await damage();
    await here.sql`DELETE FROM events`;
    const choose = () => ({ columns: new Set(["country"] as const), orderMatters: false });
    const { events } = await readDate({ choose });
    expect(Object.keys(events.texts)).toEqual(["country"]);
  });
});

test("a question reads its own columns only, whatever others have read", async () => {
  await store([
    { path: "/a", country: "DE" },
    { path: "/b", country: "FR" },
  ]);
  await packRows(sql, SITE, [1]);
  await readDate();
  const choose = () => ({ columns: new Set(["country"] as const), orderMatters: false });
  const { events } = await readDate({ choose });
  expect([Object.keys(events.texts), events.count]).toEqual([["country"], 2]);
  expect([events.users.length, events.userIndex.length, events.userTexts]).toEqual([
    0,
    0,
    undefined,
  ]);
});

test("a chunk that was made again is read again", async () => {
  await store([{ path: "/a" }, { path: "/b" }]);
  await packRows(sql, SITE, [1]);
  await readDate();
  await here.sql`DELETE FROM day_chunks`;
  await packRows(sql, SITE, [2]);
  const { events } = await readDate();
  const paths = eventsOf(DATE, events).map(({ texts }) => texts.path);
  expect(new Set(paths)).toEqual(new Set(["/a", "/b"]));
});

test("a snapshot does not see what is stored later", async () => {
  await store([{ path: "/a" }]);
  const snapshot = await openSiteSnapshot(source, optionsFor());
  await store([{ path: "/b" }]);
  await packRows(sql, SITE, [2]);
  const day = await snapshot.readDay(DATE);
  expect([day?.events.count, snapshot.firstDate, snapshot.lastDate]).toEqual([1, DATE, DATE]);
  snapshot.end();
  expect((await readDate()).events.count).toBe(2);
});

test("a day without events is undefined", async () => {
  await store([{ path: "/a" }]);
  expect(await readDays(["2026-01-14", "2026-01-16"])).toEqual([undefined, undefined]);
});

test("chunks are decoded once, also by questions at once", async () => {
  await store([{ path: "/a" }, { path: "/b", timestamp: "2026-01-16T00:00:00.000Z" }]);
  await packRows(sql, SITE, [2]);
  const [one, other] = await Promise.all([
    openSiteSnapshot(source, optionsFor()),
    openSiteSnapshot(source, optionsFor()),
  ]);
  await Promise.all([one, other].map(async (each) => await each.prefetch(DATE, "2026-01-16")));
  const { cacheMisses } = source.counts;
  const days = await Promise.all([one, other].map(async (each) => await each.readDay(DATE)));
  expect(days[0]?.events.times).toBe(days[1]?.events.times ?? new Uint32Array());
  await readDays([DATE]);
  expect(source.counts.cacheMisses).toBe(cacheMisses);
  for (const each of [one, other]) each.end();
});

describe("a question that is too large is refused", () => {
  test("for its events", async () => {
    await store([{}, {}, {}]);
    await packRows(sql, SITE, [3]);
    expect(await rejectionOf(readDate({ eventsMax: 2 }))).toMatchObject({
      code: "query_too_large",
      message: "The question reads more than 2 events: ask for a shorter date_range",
    });
  });

  test("for the rows that are not packed", async () => {
    await store([{}, {}, {}]);
    expect(await rejectionOf(readDate({ eventsMax: 2 }))).toMatchObject({
      code: "query_too_large",
      message: expect.stringContaining("More than 2 events of the site are not packed yet"),
    });
  });
});

describe("a question that fails leaves the connections", () => {
  const isAnswered = async () => {
    await store([{}]);
    expect((await readDate()).events.count).toBe(1);
  };

  test("when its client leaves during a statement", async () => {
    const leaving = new AbortController();
    const choose: SnapshotOptions["choose"] = async ({ sql: inside }) => {
      const sleeping = inside`SELECT pg_sleep(600)`.execute();
      leaving.abort(new Error("The client left"));
      await sleeping;
      return { columns: ALL, orderMatters: true };
    };
    const asking = readDate({ choose, signal: leaving.signal });
    expect(await rejectionOf(asking)).toMatchObject({ message: "The client left" });
    await isAnswered();
  });

  test("when what it chooses is refused", async () => {
    const refusal = new Error("No such goal");
    const choose = () => {
      throw refusal;
    };
    for (let i = 0; i < 5; i += 1) expect(await rejectionOf(readDate({ choose }))).toBe(refusal);
    await isAnswered();
  });

  test("when its session is ended", async () => {
    const choose: SnapshotOptions["choose"] = async ({ sql: inside }) => {
      const [row] = await inside`SELECT pg_backend_pid() AS pid`;
      await here.sql`SELECT pg_terminate_backend(${row.pid})`;
      await inside`SELECT 1`;
      return { columns: ALL, orderMatters: true };
    };
    const error = await rejectionOf(readDate({ choose }));
    expect(isDatabaseError(error)).toBe(true);
    await isAnswered();
  });
});

/** The order of two users' events of one instant is not defined. */
function byUser(rows: readonly Omit<ColumnRow, "eventId">[]): readonly object[] {
  return rows.toSorted(
    (a, b) => a.timeMs - b.timeMs || Number(a.user > b.user) - Number(a.user < b.user),
  );
}

/** As PostgreSQL prints the `jsonb`. */
function stored(row: Omit<ColumnRow, "eventId">): Omit<ColumnRow, "eventId"> {
  const { properties } = row.texts;
  if (properties === undefined) return row;
  return { ...row, texts: { ...row.texts, properties: `{"text": ${JSON.stringify(properties)}}` } };
}
