import { describe, expect, test } from "bun:test";
import type { Metric, VisitDimension } from "../../../../src/reporting/query/report-query.ts";
import { DAY_START_MS, event, foldedRows, match } from "../../../support/reports/folded.ts";
import type { PlainEvent } from "../../../support/reports/plain-event.ts";

const METRICS: Metric[] = ["visits", "bounce_rate", "views_per_visit", "visit_duration"];
const engagement = { event_type: "engagement" };

describe("a visit", () => {
  const visits: [title: string, events: PlainEvent[], row: (number | null)[]][] = [
    ["goes on after exactly 30 minutes", [event("10:00"), event("10:30")], [1, 0, 2, 1800]],
    [
      "ends after a millisecond more",
      [event("10:00"), { ...event("10:30"), at: event("10:30").at + 1 }],
      [2, 100, 1, 0],
    ],
    ["is one of each user", [event("10:00"), event("10:00", { user: "bob" })], [2, 100, 1, 0]],
    ["of a single event bounces", [event("10:00", { event_type: "click" })], [1, 100, 0, 0]],
    [
      "is prolonged by engagement, and bounces still",
      [event("10:00"), event("10:20", engagement), event("10:45", engagement)],
      [1, 100, 1, 2700],
    ],
    [
      "does not begin with engagement",
      [event("10:00", engagement), event("10:10")],
      [1, 100, 1, 0],
    ],
    [
      "is not prolonged by engagement after a longer gap",
      [event("10:00"), event("10:31", engagement), event("10:50")],
      [2, 100, 1, 0],
    ],
    [
      "counts where it begins",
      [event("-00:10"), event("00:10"), event("00:30")],
      [0, null, null, null],
    ],
    [
      "lasts beyond the range",
      [event("23:50"), event("24:10"), event("24:40"), event("25:11")],
      [1, 0, 3, 3000],
    ],
    [
      "goes over several days",
      [event("23:50"), ...steps(24 * 60, 100), event("75:00")],
      [1, 0, 101, 178800],
    ],
    [
      "is not begun by the event after one that was long before",
      [...steps(-26 * 60, 60), event("10:00")],
      [1, 100, 1, 0],
    ],
    [
      "takes every type of page view of the site",
      [event("10:00", { event_type: "pageview" }), event("10:01", { event_type: "scroll" })],
      [1, 0, 1, 60],
    ],
    [
      "rounds half up",
      [event("10:00"), { ...event("10:00"), at: event("10:00").at + 500 }],
      [1, 0, 2, 1],
    ],
  ];
  test.each(visits)("%s", async (_, events, row) => {
    expect(await foldedRows(events, { metrics: METRICS })).toEqual([row]);
  });

  test("needs an event before the range to be no engagement of none", async () => {
    // Only engagement reaches the range, so that a visit begins in it.
    const events = [event("-01:00"), event("-00:20", engagement), event("00:05")];
    expect(await foldedRows(events, { metrics: ["visits"] })).toEqual([[1]]);
  });
});

/** Events every half an hour. */
function steps(fromMinutes: number, count: number): PlainEvent[] {
  return Array.from({ length: count }, (_, step) => {
    const minutes = fromMinutes + 30 * step;
    return { ...event("00:00"), at: event("00:00").at + minutes * 60_000 };
  });
}

describe("the values of a visit", () => {
  const day = [
    event("10:00", { path: "/in", country: "" }),
    event("10:01", {
      path: "/mid",
      referrer: "https://www.google.com/",
      utm_campaign: "spring",
      country: "FR",
    }),
    event("10:02", {
      path: "/out",
      referrer: "https://later.example/",
      utm_source: "late",
      country: "NP",
    }),
    event("10:03", { ...engagement, path: "/elsewhere", country: "DE" }),
  ];
  const values: [dimension: VisitDimension, ofEvents: unknown[][], ofVisits: unknown[][]][] = [
    ["visit:entry_page", [["/in", 4]], [["/in", 1]]],
    ["visit:exit_page", [["/out", 4]], [["/out", 1]]],
    ["visit:referrer", [["https://www.google.com/", 4]], [["https://www.google.com/", 1]]],
    ["visit:utm_campaign", [["spring", 4]], [["spring", 1]]],
    // All come from one event, which has no source of its own.
    ["visit:utm_source", [[null, 4]], [[null, 1]]],
    ["visit:channel", [["Organic Search", 4]], [["Organic Search", 1]]],
    [
      "visit:country",
      [
        [null, 1],
        ["DE", 1],
        ["FR", 1],
        ["NP", 1],
      ],
      [["FR", 1]],
    ],
  ];
  test.each(values)("%s", async (dimension, ofEvents, ofVisits) => {
    const dimensions = [dimension];
    expect(await foldedRows(day, { metrics: ["events"], dimensions })).toEqual(ofEvents);
    expect(await foldedRows(day, { metrics: ["visits"], dimensions })).toEqual(ofVisits);
  });

  test("are those of a visit that began days before", async () => {
    const events = [event("-48:00", { path: "/first" }), ...steps(-48 * 60 + 30, 96)];
    const rows = await foldedRows(events, {
      metrics: ["events"],
      dimensions: ["visit:entry_page"],
    });
    expect(rows).toEqual([["/first", 1]]);
  });

  test("are those of a visit that pauses where the range begins", async () => {
    const events = [event("-24:10", { path: "/first" }), ...steps(-24 * 60 + 10, 50)];
    const rows = await foldedRows(events, {
      metrics: ["events"],
      dimensions: ["visit:entry_page"],
      range: { fromMs: DAY_START_MS - 5 * 60_000, toMs: DAY_START_MS + 60 * 60_000, gaps: [] },
    });
    expect(rows).toEqual([["/first", 2]]);
  });

  test("are null for an event without a visit, but its own", async () => {
    const events = [
      event("10:00", { ...engagement, referrer: "https://a.example/", country: "FR" }),
    ];
    const metrics: Metric[] = ["visitors", "events"];
    expect(await foldedRows(events, { metrics, dimensions: ["visit:referrer"] })).toEqual([
      [null, 1, 1],
    ]);
    expect(await foldedRows(events, { metrics, dimensions: ["visit:channel"] })).toEqual([
      [null, 1, 1],
    ]);
    expect(await foldedRows(events, { metrics, dimensions: ["visit:country"] })).toEqual([
      ["FR", 1, 1],
    ]);
  });

  test("of events of one instant follow their order", async () => {
    const events = [event("10:00", { path: "/b" }), event("10:00", { path: "/a" })];
    const pages = { dimensions: ["visit:entry_page", "visit:exit_page"] as VisitDimension[] };
    expect(await foldedRows(events, { metrics: ["visits"], ...pages })).toEqual([["/b", "/a", 1]]);
  });
});

describe("visits under a filter of events", () => {
  const day = [
    event("10:00", { path: "/a", event_type: "signup" }),
    event("10:01", { path: "/b" }),
    event("10:02", { path: "/a", user: "bob" }),
    event("23:59", { path: "/c", user: "eve" }),
    event("24:01", { path: "/d", user: "eve" }),
  ];
  const isA = match("event:page", "is", "/a");
  const isB = match("event:page", "is", "/b");
  const isSignup = match("event:name", "is", "signup");
  test.each([
    ["need one event that passes all", { kind: "and", filters: [isB, isSignup] }, 0],
    ["count once", match("event:name", "is", "page_view", "signup"), 3],
    ["need an event that passes", isA, 2],
    ["may pass by an event past the range", match("event:page", "is", "/d"), 1],
    [
      "count by what else was done",
      { kind: "and", filters: [isB, { kind: "has_done", filter: isSignup }] },
      1,
    ],
    ["count by what was not done", { kind: "has_not_done", filter: isA }, 1],
  ] as const)("%s", async (_, filter, visits) => {
    expect(await foldedRows(day, { metrics: ["visits"], filter })).toEqual([[visits]]);
  });

  test("count in the row of each of their pages", async () => {
    const rows = await foldedRows(day, { metrics: ["visits"], dimensions: ["event:page"] });
    expect(rows).toEqual([
      ["/a", 2],
      ["/b", 1],
      ["/c", 1],
      ["/d", 1],
    ]);
  });
});
