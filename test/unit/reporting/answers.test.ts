import { describe, expect, test } from "bun:test";
import { DAY_MS, utcDate } from "../../../src/event/day.ts";
import { metaHeader } from "../../../src/reporting/answer/answer-meta.ts";
import type { AnswerParts } from "../../../src/reporting/answer/answer-parts.ts";
import { csvAnswer } from "../../../src/reporting/answer/csv-answer.ts";
import { jsonAnswer } from "../../../src/reporting/answer/json-answer.ts";
import { ndjsonAnswer } from "../../../src/reporting/answer/ndjson-answer.ts";
import type { FoldedReport } from "../../../src/reporting/fold/folded-report.ts";
import { parseReportQuery } from "../../../src/reporting/query/parse-report-query.ts";
import { planReport } from "../../../src/reporting/query/plan-report.ts";
import { atOnce } from "../../support/at-once.ts";

const NOW_MS = Date.parse("2026-01-15T09:30:00.042Z");
const SETTINGS = {
  timeZone: "Asia/Kathmandu",
  pageViewTypes: ["page_view"],
  goals: [
    {
      name: "Order",
      filter: {
        kind: "match",
        operator: "is",
        dimension: "event:name",
        values: ["order"],
        isCaseSensitive: true,
      },
    },
  ],
  segments: [],
} as const;

function partsOf(
  changes: Record<string, unknown>,
  rows: FoldedReport["rows"],
  more: Partial<AnswerParts> = {},
): AnswerParts {
  const body = { site_id: "a", metrics: ["visitors"], date_range: "day", ...changes };
  const parsed = parseReportQuery(body);
  if (parsed.kind === "invalid") throw new Error(JSON.stringify(parsed.fields));
  const planned = atOnce(planReport(parsed.query, SETTINGS, { nowMs: NOW_MS }));
  if (planned.kind === "invalid") throw new Error(JSON.stringify(planned.fields));
  const report: FoldedReport = {
    rows,
    totalRows: 31,
    accuracy: { visitors: "daily_sum" },
    incompleteDays: ["2026-01-14"],
    provisionalAfterMs: NOW_MS - 1_800_000,
  };
  return { query: parsed.query, plan: planned.plan, report, asOfMs: NOW_MS, ...more };
}

const COMPARED = partsOf(
  {
    metrics: ["visitors", "bounce_rate"],
    date_range: ["2026-01-14", "2026-01-15"],
    dimensions: ["time:day"],
    include: { compare: "previous_period", time_labels: true, total_rows: true },
  },
  [
    {
      dimensions: ["2026-01-14"],
      metrics: [110, 44.5],
      comparison: { dimensions: ["2026-01-12"], metrics: [100, 45] },
    },
    { dimensions: ["2026-01-15"], metrics: [7, null] },
  ],
  { freshness: { pending: 12, lagMs: 48.4 } },
);

const TEXTS = partsOf(
  { metrics: ["visitors", "revenue"], dimensions: ["event:page", "event:props:plan"] },
  [
    {
      dimensions: ["=1+1", 'a "b", c'],
      metrics: [
        -1,
        [
          { currency: "EUR", value: "12.50" },
          { currency: "USD", value: "3" },
        ],
      ],
    },
    { dimensions: ["\t/", null], metrics: [2, []] },
  ],
);

describe("an answer as JSON", () => {
  test("has the rows, their changes, the meta and the query", () => {
    expect(JSON.parse(jsonAnswer(COMPARED))).toEqual({
      results: [
        {
          dimensions: ["2026-01-14"],
          metrics: [110, 44.5],
          comparison: { dimensions: ["2026-01-12"], metrics: [100, 45], change: [10, -0.5] },
        },
        { dimensions: ["2026-01-15"], metrics: [7, null] },
      ],
      meta: {
        accuracy: { visitors: "daily_sum" },
        as_of: "2026-01-15T09:30:00.042Z",
        provisional_after: "2026-01-15T09:00:00.042Z",
        pending: 12,
        lag_ms: 48,
        incomplete_days: ["2026-01-14"],
        time_labels: ["2026-01-14", "2026-01-15"],
        comparison_time_labels: ["2026-01-12", "2026-01-13"],
        total_rows: 31,
      },
      query: {
        site_id: "a",
        metrics: ["visitors", "bounce_rate"],
        date_range: ["2026-01-14T00:00:00+05:45", "2026-01-16T00:00:00+05:45"],
        comparison_date_range: ["2026-01-12T00:00:00+05:45", "2026-01-13T15:15:00.042+05:45"],
        timezone: "Asia/Kathmandu",
        dimensions: ["time:day"],
        filters: [],
        order_by: [
          ["time:day", "asc"],
          ["visitors", "desc"],
        ],
        include: { compare: "previous_period", time_labels: true, total_rows: true },
        pagination: { limit: 10_000, offset: 0 },
      },
    });
  });

  test("has no more than was asked for", () => {
    const { meta } = JSON.parse(jsonAnswer(TEXTS));
    expect(Object.keys(meta)).toEqual([
      "accuracy",
      "as_of",
      "provisional_after",
      "incomplete_days",
    ]);
  });

  test("has a query that asks the same again", () => {
    const asked = {
      date_range: "month",
      dimensions: ["event:page"],
      filters: [
        ["is", "event:page", ["/", null], { case_sensitive: false }],
        [
          "or",
          [
            ["contains", "visit:source", ["a"]],
            ["not", ["is", "segment", ["S"]]],
          ],
        ],
        ["has_not_done", ["matches_glob", "event:page", ["/a/**"]]],
      ],
      include: { compare: ["2025-01-01", "2025-01-31"] },
    };
    const segments = [{ name: "S", filter: SETTINGS.goals[0].filter }];
    const parsed = parseReportQuery({ site_id: "a", metrics: ["events"], ...asked });
    if (parsed.kind === "invalid") throw new Error(JSON.stringify(parsed.fields));
    const planned = atOnce(planReport(parsed.query, { ...SETTINGS, segments }, { nowMs: NOW_MS }));
    if (planned.kind === "invalid") throw new Error(JSON.stringify(planned.fields));
    const parts = { ...TEXTS, query: parsed.query, plan: planned.plan };
    const { comparison_date_range: _, ...query } = JSON.parse(jsonAnswer(parts)).query;
    const again = parseReportQuery(query);
    expect(again).toMatchObject({
      kind: "query",
      query: {
        filter: parsed.query.filter,
        dateRange: {
          kind: "instants",
          fromMs: planned.plan.range.fromMs,
          toMs: planned.plan.range.toMs,
        },
      },
    });
  });
});

describe("an answer as CSV", () => {
  test("has a header, and no formula", () => {
    expect(csvAnswer(TEXTS)).toBe(
      [
        "event:page,event:props:plan,visitors,revenue\r\n",
        `'=1+1,"a ""b"", c",-1,12.50 EUR; 3 USD\r\n`,
        "'\t/,,2,\r\n",
      ].join(""),
    );
  });

  test("has the comparison in columns", () => {
    expect(csvAnswer(COMPARED)).toBe(
      [
        "time:day,visitors,bounce_rate,comparison:time:day,comparison:visitors,comparison:bounce_rate,change:visitors,change:bounce_rate\r\n",
        "2026-01-14,110,44.5,2026-01-12,100,45,10,-0.5\r\n",
        "2026-01-15,7,,,,,,\r\n",
      ].join(""),
    );
  });

  test("has a header for the meta without its labels", () => {
    expect(JSON.parse(metaHeader(COMPARED))).toMatchObject({ incomplete_days: ["2026-01-14"] });
    expect(metaHeader(COMPARED)).not.toContain("labels");
  });

  test("has a bounded header, which says when it was cut", () => {
    const everyOtherDay = (days: number) =>
      Array.from({ length: days }, (_, i) => utcDate(Date.parse("2016-01-01") + 2 * i * DAY_MS));
    const header = (incompleteDays: readonly string[]) =>
      metaHeader({ ...TEXTS, report: { ...TEXTS.report, incompleteDays } });
    const dates = ["2026-01-01", "2026-01-02", "2026-02-01"];
    const whole = JSON.parse(header(dates));
    expect(whole.incomplete_days).toEqual(["2026-01-01..2026-01-02", "2026-02-01"]);
    expect(whole).not.toHaveProperty("incomplete_days_cut");
    const cut = header(everyOtherDay(1_000));
    expect(JSON.parse(cut)).toMatchObject({
      incomplete_days: ["2016-01-01..2021-06-21"],
      incomplete_days_cut: true,
    });
    for (const days of [100, 333, 334, 5_000]) {
      expect(header(everyOtherDay(days)).length).toBeLessThan(5_500);
    }
  });
});

describe("an answer as NDJSON", () => {
  test("has a line a row, and the meta last", () => {
    const lines = ndjsonAnswer(COMPARED).split("\n");
    expect(lines.pop()).toBe("");
    const [first, second, meta] = lines.map((line) => JSON.parse(line));
    expect(first).toEqual({
      "time:day": "2026-01-14",
      visitors: 110,
      bounce_rate: 44.5,
      comparison: {
        "time:day": "2026-01-12",
        visitors: 100,
        bounce_rate: 45,
        change: { visitors: 10, bounce_rate: -0.5 },
      },
    });
    expect(second).toEqual({ "time:day": "2026-01-15", visitors: 7, bounce_rate: null });
    expect(meta).toMatchObject({ meta: { accuracy: { visitors: "daily_sum" } } });
  });
});
