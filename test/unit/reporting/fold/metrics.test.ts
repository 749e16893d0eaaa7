import { describe, expect, test } from "bun:test";
import { DAY_MS } from "../../../../src/event/day.ts";
import type { Goal, Metric } from "../../../../src/reporting/query/report-query.ts";
import { DAY_START_MS, event, folded, foldedRows, match } from "../../../support/reports/folded.ts";
import { memorySnapshot } from "../../../support/reports/memory-snapshot.ts";
import type { PlainEvent } from "../../../support/reports/plain-event.ts";

const sale = (properties: Record<string, string>, fields: Partial<PlainEvent> = {}) =>
  event("10:00", { event_type: "sale", properties, ...fields });

describe("metrics", () => {
  test("are zero or null over nothing", async () => {
    const metrics: Metric[] = [
      "visitors",
      "visits",
      "pageviews",
      "events",
      "views_per_visit",
      "bounce_rate",
      "visit_duration",
    ];
    expect(await foldedRows([], { metrics })).toEqual([[0, 0, 0, 0, null, null, null]]);
  });

  test("give time on page by visit and page, and null without", async () => {
    const engaged = (engaged_ms: number) => ({ event_type: "engagement", engaged_ms });
    const events = [
      event("10:00"),
      event("10:01", engaged(1_000)),
      event("10:02", engaged(2_000)),
      event("10:03", { path: "/b" }),
      event("11:00", { user: "bob" }),
      event("11:01", { user: "bob", ...engaged(2_999) }),
      // In no visit.
      event("15:00", { user: "bob", ...engaged(9_000) }),
    ];
    const rows = await foldedRows(events, {
      metrics: ["time_on_page"],
      dimensions: ["event:page"],
    });
    expect(rows).toEqual([
      ["/", 3],
      ["/b", null],
    ]);
  });

  test("give the share of all visitors with two decimals", async () => {
    const events = ["ann", "bob", "eve"].map((user) =>
      event("10:00", { user, path: user === "ann" ? "/a" : "/b" }),
    );
    const rows = await foldedRows(events, { metrics: ["percentage"], dimensions: ["event:page"] });
    expect(rows).toEqual([
      ["/a", 33.33],
      ["/b", 66.67],
    ]);
  });

  test("take absent, null and empty values as one row", async () => {
    const events = [
      sale({}),
      sale({ plan: "null" }),
      sale({ plan: '""' }),
      sale({ plan: "1" }),
      sale({ plan: '"1"' }),
      event("10:00"),
    ];
    const plan = { metrics: ["events"] as const, dimensions: ["event:props:plan"] as const };
    expect(await foldedRows(events, plan)).toEqual([
      [null, 4],
      ["1", 2],
    ]);
    const isNot = match("event:props:plan", "is_not", "1");
    expect(await foldedRows(events, { ...plan, filter: isNot })).toEqual([[null, 4]]);
  });

  test("read properties as PostgreSQL prints them", async () => {
    const texts: [json: string, text: string][] = [
      ["12345678901234567890.10", "12345678901234567890.10"],
      ["true", "true"],
      ['"a\\"b\\\\\\u0001"', 'a"b\\\u0001'],
      ['"{\\"plan\\": 1}, "', '{"plan": 1}, '],
      ['"ä"', "ä"],
    ];
    for (const [plan, text] of texts) {
      const events = [sale({ 'a"b': '"plan"', plan, z: "1" })];
      const rows = await foldedRows(events, {
        metrics: ["events"],
        dimensions: ["event:props:plan"],
      });
      expect(rows).toEqual([[text, 1]]);
    }
  });
});

describe("goals", () => {
  const goals: Goal[] = [
    {
      name: "sale",
      filter: match("event:name", "is", "sale"),
      revenue: { amountProperty: "amount", currency: { property: "currency" } },
    },
    { name: "blog", filter: match("event:page", "contains", "/blog") },
  ];
  const day = [
    sale({ amount: "0.10", currency: '"EUR"' }, { path: "/blog/a" }),
    sale({ amount: '"0.2"', currency: '"EUR"' }),
    sale({ amount: "-7", currency: '"CHF"' }, { user: "bob" }),
    sale({ amount: '"1,50"', currency: '"EUR"' }),
    sale({ amount: "3" }),
    event("11:00", { user: "eve" }),
    event("11:00", { user: "joe", path: "/blog/b" }),
  ];
  const metrics: Metric[] = ["conversions", "conversion_rate", "revenue"];
  const revenue = [
    { currency: "CHF", value: "-7" },
    { currency: "EUR", value: "0.30" },
  ];

  test("count each event once, and divide by all visitors", async () => {
    expect(await foldedRows(day, { metrics, goals })).toEqual([[6, 75, revenue]]);
  });

  test("have rows of their own as a dimension", async () => {
    const rows = await foldedRows(day, {
      metrics: ["visitors", "visits", ...metrics],
      goals,
      dimensions: ["event:goal"],
    });
    expect(rows).toEqual([
      ["blog", 2, 2, 2, 50, []],
      ["sale", 2, 2, 5, 50, revenue],
    ]);
  });

  test("are left out of what a filter by goal is divided by", async () => {
    const filter = match("event:name", "is", "sale");
    const rows = await foldedRows(day, {
      metrics: ["visitors", "conversion_rate"],
      goals: goals.slice(0, 1),
      filter,
    });
    expect(rows).toEqual([[2, 50]]);
  });

  test("pay once for an event that passes two of one revenue", async () => {
    const twice = goals.slice(0, 1).flatMap((goal) => [goal, { ...goal, name: "again" }]);
    expect(await foldedRows(day, { metrics: ["revenue"], goals: twice })).toEqual([[revenue]]);
  });
});

describe("daily visitors", () => {
  const daily = { visitor: "daily" };
  const events = [
    event("10:00", daily),
    event("34:00", daily),
    event("10:00", { user: "bob" }),
    event("34:00", { user: "bob" }),
  ];
  const range = { fromMs: DAY_START_MS, toMs: DAY_START_MS + 2 * DAY_MS, gaps: [] };

  test("count once for each of their days", async () => {
    const { rows, accuracy } = await folded(events, { metrics: ["visitors", "events"], range });
    expect(rows).toEqual([{ dimensions: [], metrics: [3, 4] }]);
    expect(accuracy).toEqual({ visitors: "daily_sum", events: "exact" });
  });

  test("do not matter to a number that filters leave them out of", async () => {
    const mixed = [
      event("10:00", { ...daily, path: "/one" }),
      event("34:00", { ...daily, path: "/two" }),
      event("10:00", { user: "bob", path: "/one" }),
    ];
    const accuracyWith = async (...paths: string[]) => {
      const filter = match("event:page", "is", ...paths);
      const metrics: Metric[] = ["visitors", "percentage"];
      return (await folded(mixed, { metrics, range, filter })).accuracy;
    };
    expect(await accuracyWith("/one")).toEqual({ visitors: "exact", percentage: "exact" });
    const isSum = { visitors: "daily_sum", percentage: "daily_sum" } as const;
    expect(await accuracyWith("/one", "/two")).toEqual(isSum);
  });

  test("are exact within a day", async () => {
    const { accuracy } = await folded(events, { metrics: ["visitors"] });
    expect(accuracy).toEqual({ visitors: "exact" });
  });

  test("are exact within a day that clocks going back part", async () => {
    const gap = { fromMs: DAY_START_MS + DAY_MS, toMs: DAY_START_MS + 2 * DAY_MS };
    const { rows, accuracy } = await folded(events, {
      metrics: ["visitors"],
      range: { ...range, gaps: [gap] },
    });
    expect(rows[0]?.metrics).toEqual([2]);
    expect(accuracy).toEqual({ visitors: "exact" });
  });

  test("have days in the time zone", async () => {
    // 20:00 and 10:00 the next day are one day in Auckland.
    const { rows } = await folded([event("20:00", daily), event("33:00", daily)], {
      metrics: ["visitors"],
      range,
      timeZone: "Pacific/Auckland",
    });
    expect(rows[0]?.metrics).toEqual([1]);
  });
});

test("names days of which events are missing", async () => {
  const snapshot = memorySnapshot([event("-01:00"), event("01:00")], {
    incomplete: ["2026-01-14", "2026-01-15"],
  });
  const { incompleteDays } = await folded([], { metrics: ["visits"] }, snapshot);
  expect(incompleteDays).toEqual(["2026-01-15"]);
});
