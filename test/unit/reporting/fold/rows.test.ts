import { describe, expect, test } from "bun:test";
import { DAY_MS } from "../../../../src/event/day.ts";
import { foldReport } from "../../../../src/reporting/fold/fold-report.ts";
import type { Metric, Order, TimeBuckets } from "../../../../src/reporting/query/report-query.ts";
import {
  DAY_START_MS,
  event,
  folded,
  foldedRows,
  offsetOf,
  planOf,
} from "../../../support/reports/folded.ts";
import { memorySnapshot } from "../../../support/reports/memory-snapshot.ts";
import type { PlainEvent } from "../../../support/reports/plain-event.ts";

const views = (path: string, count: number): PlainEvent[] =>
  Array.from({ length: count }, () => event("10:00", { path }));

describe("rows", () => {
  // In UTF-16, "😀" comes before "ﬀ".
  const events = [
    ...views("/b", 2),
    ...views("/a", 2),
    ...views("/ﬀ", 1),
    ...views("/😀", 1),
    ...views("/c", 3),
  ];
  const plan = { metrics: ["events"] as Metric[], dimensions: ["event:page"] as const };
  const orders: [title: string, orderBy: Order[], pages: string[]][] = [
    [
      "by a metric, ties by bytes",
      [{ by: "events", direction: "desc" }],
      ["/c", "/a", "/b", "/ﬀ", "/😀"],
    ],
    [
      "by a metric ascending",
      [{ by: "events", direction: "asc" }],
      ["/ﬀ", "/😀", "/a", "/b", "/c"],
    ],
    [
      "by a dimension descending",
      [{ by: "event:page", direction: "desc" }],
      ["/😀", "/ﬀ", "/c", "/b", "/a"],
    ],
    ["without an order by bytes", [], ["/a", "/b", "/c", "/ﬀ", "/😀"]],
  ];
  test.each(orders)("are ordered %s", async (_, orderBy, pages) => {
    expect((await foldedRows(events, { ...plan, orderBy })).map(([page]) => page)).toEqual(pages);
  });

  test("come as the page that was asked for", async () => {
    const { rows, totalRows } = await folded(events, { ...plan, limit: 2, offset: 1 });
    expect(rows.map(({ dimensions }) => dimensions[0])).toEqual(["/b", "/c"]);
    expect(totalRows).toBe(5);
  });

  test("have null metrics last and null dimensions first", async () => {
    const day = [
      event("10:00", { country: "FR" }),
      event("10:00", { user: "bob" }),
      event("10:00", { user: "bob", country: "NP" }),
    ];
    const by = { dimensions: ["visit:country"] as const };
    expect(await foldedRows(day, { metrics: ["events"], ...by })).toEqual([
      [null, 1],
      ["FR", 1],
      ["NP", 1],
    ]);
    for (const direction of ["asc", "desc"] as const) {
      const orderBy: Order[] = [{ by: "bounce_rate", direction }];
      const rows = await foldedRows(day, { metrics: ["bounce_rate", "events"], ...by, orderBy });
      expect(rows.at(-1)).toEqual([null, null, 1]);
    }
  });
});

describe("rows of time", () => {
  const hour = (time: string) => DAY_START_MS + offsetOf(time);
  const plan = { metrics: ["events", "visitors"] as Metric[], dimensions: ["time:hour"] as const };

  test("may return to a label, and leave gaps and the end out", async () => {
    const buckets: TimeBuckets = {
      starts: [hour("00:00"), hour("01:00"), hour("02:00"), hour("03:00"), hour("04:00")],
      rows: [0, 1, 0, -1, -1],
      labels: ["A", "B", "none"],
    };
    const events = ["00:30", "01:30", "02:30", "03:30", "04:30"].map((time) => event(time));
    expect(await foldedRows(events, { ...plan, buckets })).toEqual([
      ["A", 2, 1],
      ["B", 1, 1],
    ]);
  });

  test("are compared by their place, empty ones of one side included", async () => {
    const buckets = (startMs: number, names: string[]): TimeBuckets => ({
      starts: names.map((_, row) => startMs + row * 3_600_000),
      rows: names.map((_, row) => row),
      labels: names,
    });
    const beforeMs = DAY_START_MS - DAY_MS;
    const comparison = {
      range: { fromMs: beforeMs, toMs: DAY_START_MS, gaps: [] },
      buckets: buckets(beforeMs, ["a", "b", "c"]),
    };
    const events = [
      event("00:10"),
      event("03:10"),
      event("-22:50"),
      event("-23:50"),
      event("-23:49"),
    ];
    const { rows } = await folded(events, {
      ...plan,
      buckets: buckets(DAY_START_MS, ["A", "B", "C", "D"]),
      comparison,
    });
    expect(rows).toEqual([
      { dimensions: ["A"], metrics: [1, 1], comparison: { dimensions: ["a"], metrics: [2, 1] } },
      { dimensions: ["B"], metrics: [0, 0], comparison: { dimensions: ["b"], metrics: [1, 1] } },
      { dimensions: ["D"], metrics: [1, 1] },
    ]);
  });

  test("have those of a longer compared series last", async () => {
    const hourly = (startMs: number, names: string[]): TimeBuckets => ({
      starts: names.map((_, row) => startMs + row * 3_600_000),
      rows: names.map((_, row) => row),
      labels: names,
    });
    const beforeMs = DAY_START_MS - DAY_MS;
    const events = [event("00:10"), event("-23:10"), event("-21:50"), event("-20:50")];
    const { rows, totalRows } = await folded(events, {
      ...plan,
      buckets: hourly(DAY_START_MS, ["A"]),
      comparison: {
        range: { fromMs: beforeMs, toMs: DAY_START_MS, gaps: [] },
        buckets: hourly(beforeMs, ["a", "b", "c", "d"]),
      },
    });
    const none = { dimensions: [null], metrics: [0, 0] };
    expect(rows).toEqual([
      { dimensions: ["A"], metrics: [1, 1], comparison: { dimensions: ["a"], metrics: [1, 1] } },
      { ...none, comparison: { dimensions: ["c"], metrics: [1, 1] } },
      { ...none, comparison: { dimensions: ["d"], metrics: [1, 1] } },
    ]);
    expect(totalRows).toBe(3);
  });

  test("of a compared range are matched by the other dimensions", async () => {
    const comparison = { range: { fromMs: DAY_START_MS - DAY_MS, toMs: DAY_START_MS, gaps: [] } };
    const events = [
      event("10:00", { path: "/a" }),
      event("10:00", { path: "/new" }),
      event("-10:00", { path: "/old" }),
      event("-10:00", { path: "/a" }),
    ];
    const { rows, totalRows } = await folded(events, {
      metrics: ["events", "bounce_rate"],
      dimensions: ["visit:entry_page"],
      comparison,
    });
    expect(totalRows).toBe(1);
    expect(rows).toEqual([
      {
        dimensions: ["/a"],
        metrics: [2, 0],
        comparison: { dimensions: ["/a"], metrics: [0, null] },
      },
    ]);
  });
});

test("hands the thread back, and stops when aborted", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const controller = new AbortController();
  const turn = { pause: () => promise, signal: controller.signal };
  const report = foldReport(
    planOf({ metrics: ["visits"] }),
    memorySnapshot([event("10:00")]),
    turn,
  );
  controller.abort(new Error("the client left"));
  resolve();
  expect(report).rejects.toThrow("the client left");
});
