import { beforeAll, describe, expect, test } from "bun:test";
import type { ReceivedEvent } from "../../src/event/event.ts";
import type {
  Filter,
  MatchFilter,
  ReportQuery,
  SiteSettings,
} from "../../src/reporting/query/report-query.ts";
import { askOracle, judgeSite } from "../support/reports/oracle/ask-oracle.ts";
import { sampleQuery } from "../support/reports/sample-query.ts";
import { storeEvents } from "../support/reports/store-events.ts";
import { sampleReceivedEvent } from "../support/sample-event.ts";
import { useTestDatabase } from "../support/test-database.ts";

const given = useTestDatabase();

/** The oracle judges the reports, so these answers were worked out by hand. */
describe("the oracle of reports", () => {
  beforeAll(async () => {
    await storeEvents(given.database, [
      event("u1", "15T10:00", "/home", { referrer: "https://www.google.com/", country: "DE" }),
      event("u1", "15T10:10", "/blog/a"),
      event("u1", "15T10:20", "/blog/a", { eventType: "engagement", engagedMs: "30000" }),
      event("u1", "15T10:50", "/cart", {
        eventType: "purchase",
        properties: '{"amount":"10.10","currency":"EUR","plan":1}',
      }),
      // After a longer gap it is in no visit.
      event("u1", "15T12:00", "/cart", { eventType: "engagement", engagedMs: "1000" }),
      event("u1", "15T12:10", "/home"),
      event("u2", "15T23:50", "/home", { utmSource: "newsletter" }),
      event("u2", "16T00:10", "/blog/b", { country: "FR" }),
      event("u3", "15T11:00", "/home", { properties: '{"plan":"1"}' }),
      event("u3", "15T11:05", "/home", { eventType: "engagement", engagedMs: "5500" }),
    ]);
    await judgeSite(given.sql, { siteId: "example.com" });
  });

  const cases: {
    name: string;
    ask: Partial<ReportQuery>;
    rows: readonly (readonly unknown[])[];
  }[] = [
    {
      name: "sums of a day",
      ask: {
        metrics: [
          "visitors",
          "visits",
          "pageviews",
          "events",
          "views_per_visit",
          "bounce_rate",
          "visit_duration",
        ],
      },
      rows: [[3, 4, 5, 9, 1.5, 50, 1125]],
    },
    {
      name: "sums of a day without events",
      ask: {
        metrics: ["visitors", "visits", "views_per_visit", "bounce_rate", "visit_duration"],
        dateRange: { kind: "dates", from: "2026-01-17", to: "2026-01-17" },
      },
      rows: [[0, 0, null, null, null]],
    },
    {
      name: "the source of the visit, and none outside of visits",
      ask: { metrics: ["events", "visits"], dimensions: ["visit:source"] },
      rows: [
        [null, 4, 2],
        ["google.com", 4, 1],
        ["newsletter", 1, 1],
      ],
    },
    {
      name: "the channel of the visit",
      ask: { metrics: ["visits"], dimensions: ["visit:channel"] },
      rows: [
        ["Direct", 2],
        ["Email", 1],
        ["Organic Search", 1],
      ],
    },
    {
      name: "the country of the event, and for visits the first known",
      ask: { metrics: ["events", "visits"], dimensions: ["visit:country"] },
      rows: [
        [null, 8, 2],
        ["DE", 1, 1],
        ["FR", 0, 1],
      ],
    },
    {
      name: "entry and exit of the whole visit",
      ask: { metrics: ["visits"], dimensions: ["visit:entry_page", "visit:exit_page"] },
      rows: [
        ["/home", "/home", 2],
        ["/home", "/blog/b", 1],
        ["/home", "/cart", 1],
      ],
    },
    {
      name: "seconds on each page by visit",
      ask: { metrics: ["time_on_page", "percentage"], dimensions: ["event:page"] },
      rows: [
        ["/blog/a", 30, 33.33],
        ["/home", 6, 100],
        ["/cart", null, 33.33],
      ],
    },
    {
      name: "goals",
      ask: {
        metrics: ["conversions", "conversion_rate", "revenue", "visits"],
        dimensions: ["event:goal"],
      },
      rows: [
        ["Blog", 2, 33.33, [], 2],
        ["Paid", 1, 33.33, [{ currency: "EUR", value: "10.10" }], 1],
      ],
    },
    {
      name: "a property, as text",
      ask: { metrics: ["events"], dimensions: ["event:props:plan"] },
      rows: [
        [null, 7],
        ["1", 2],
      ],
    },
    {
      name: "visits with an event that passes",
      ask: { metrics: ["visits", "events"], filter: match("event:page", "/blog/b") },
      rows: [[1, 0]],
    },
    {
      name: "events of visits that have not done something",
      ask: {
        metrics: ["events"],
        filter: { kind: "has_not_done", filter: match("event:name", "purchase") },
      },
      rows: [[5]],
    },
    {
      name: "hours in another zone",
      ask: {
        metrics: ["events", "visits"],
        dimensions: ["time:hour"],
        timeZone: "Asia/Kathmandu",
        dateRange: { kind: "dates", from: "2026-01-16", to: "2026-01-16" },
      },
      rows: [["2026-01-16T05:00:00+05:45", 2, 1]],
    },
  ];
  test.each(cases)("knows $name", async ({ ask, rows }) => {
    expect(await answer(ask)).toEqual(rows);
  });

  test("compares with the day before", async () => {
    const { rows } = await askOracle(given.sql, {
      query: sampleQuery({
        metrics: ["visitors", "bounce_rate", "visits"],
        dateRange: { kind: "dates", from: "2026-01-16", to: "2026-01-16" },
        include: { compare: { kind: "previous_period" }, timeLabels: false, totalRows: false },
      }),
      settings: SETTINGS,
      nowMs: NOW_MS,
    });
    expect(rows).toEqual([
      {
        dimensions: [],
        metrics: [1, null, 0],
        comparison: { dimensions: [], metrics: [3, 50, 4], change: [-67, null, -100] },
      },
    ]);
  });
});

const NOW_MS = Date.parse("2026-02-01T12:00:00Z");
const SETTINGS: SiteSettings = {
  timeZone: "UTC",
  pageViewTypes: ["page_view", "pageview"],
  goals: [
    {
      name: "Paid",
      filter: match("event:name", "purchase"),
      revenue: { amountProperty: "amount", currency: { property: "currency" } },
    },
    { name: "Blog", filter: { ...match("event:page", "/blog/**"), operator: "matches_glob" } },
  ],
  segments: [],
};

async function answer(ask: Partial<ReportQuery>): Promise<readonly unknown[]> {
  const day = { kind: "dates", from: "2026-01-15", to: "2026-01-15" } as const;
  const query = sampleQuery({ dateRange: day, ...ask });
  const { rows } = await askOracle(given.sql, { query, settings: SETTINGS, nowMs: NOW_MS });
  return rows.map(({ dimensions, metrics }) => [...dimensions, ...metrics]);
}

function match(dimension: MatchFilter["dimension"], value: string): MatchFilter & Filter {
  return { kind: "match", operator: "is", dimension, values: [value], isCaseSensitive: true };
}

function event(
  userId: string,
  ...[time, path, fields]: [time: string, path: string, fields?: Partial<ReceivedEvent>]
): ReceivedEvent {
  return sampleReceivedEvent({ userId, timestamp: `2026-01-${time}:00.000Z`, path, ...fields });
}
