import { afterAll, beforeAll, expect, test } from "bun:test";
import type { SQL } from "bun";
import { DAY_MS } from "../../../src/event/day.ts";
import { openSql } from "../../../src/store/open-sql.ts";
import { readDayEventIds } from "../../../src/store/reports/day-event-ids.ts";
import { packRows } from "../../support/reports/pack-rows.ts";
import { storeEvents } from "../../support/reports/store-events.ts";
import { sampleReceivedEvent } from "../../support/sample-event.ts";
import { useTestDatabase } from "../../support/test-database.ts";

// Before the database is dropped.
afterAll(async () => await sql.close());
const here = useTestDatabase();
const SITE = "example.com";
const DATE = "2026-01-15";
const DAY_START_MS = Date.parse(DATE);
/** In the order in which they are stored, two users each: the first and last instants of the day, and the ends of its halves. */
const TIMES = [DAY_MS / 2 - 1, 0, DAY_MS - 1, DAY_MS / 2, 1];

let sql: SQL;

beforeAll(() => {
  sql = openSql({ url: here.url, connectionsMax: 1 });
});

test.each([1, 2, 3, 10, 500_000])("ids are in order when read %i events at once", async (most) => {
  await here.sql`TRUNCATE events, daily_site_stats, daily_site_path_counts, daily_site_path_floors,
    daily_site_users, day_chunks, site_packing, packing_secret RESTART IDENTITY`;
  const events = TIMES.flatMap((time) =>
    ["ann", "bob"].map((userId) =>
      sampleReceivedEvent({
        siteId: SITE,
        eventId: crypto.randomUUID(),
        userId,
        timestamp: new Date(DAY_START_MS + time).toISOString(),
      }),
    ),
  );
  for (const event of events) await storeEvents(here.database, [event]);
  await packRows(sql, SITE, [4]);
  const { count, idAt, tiedUsers } = await readDayEventIds(sql, { siteId: SITE, date: DATE }, most);
  const inOrder = events.toSorted((a, b) =>
    `${a.timestamp}${a.eventId}` < `${b.timestamp}${b.eventId}` ? -1 : 1,
  );
  expect(Array.from({ length: count }, (_, i) => idAt(i))).toEqual(
    inOrder.map(({ eventId }) => eventId),
  );
  expect(new TextDecoder().decode(tiedUsers)).toBe(
    inOrder.map(({ userId }) => `${userId}\0`).join(""),
  );
});
