import { expect, test } from "bun:test";
import type { Report } from "../../../src/dashboard/api/report.ts";
import { chartData, labelAt, placesOf } from "../../../src/dashboard/parts/chart/chart-data.ts";
import { DAY_MS } from "../../../src/event/day.ts";
import { jsonAnswer } from "../../../src/reporting/answer/json-answer.ts";
import { foldReport } from "../../../src/reporting/fold/fold-report.ts";
import { parseReportQuery } from "../../../src/reporting/query/parse-report-query.ts";
import { planReport } from "../../../src/reporting/query/plan-report.ts";
import { atOnce } from "../../support/at-once.ts";
import { memorySnapshot } from "../../support/reports/memory-snapshot.ts";

const NOW_MS = Date.parse("2026-11-26T15:30:00Z");
const SETTINGS = {
  timeZone: "Europe/Berlin",
  pageViewTypes: ["page_view"],
  goals: [],
  segments: [],
};
/** Three a day for two years, so that no bucket of a day or longer is empty. */
const snapshot = memorySnapshot(
  Array.from({ length: 3 * 800 }, (_, index) => ({
    at: NOW_MS - index * (DAY_MS / 3),
    user: `user ${index}`,
    event_type: "page_view",
    path: "/",
  })),
);

const RANGES = ["day", "24h", "7d", "28d", "91d", "month", "6mo", "12mo", "year"];
const DATES = [
  ["2026-10-20", "2026-10-28"],
  ["2026-02-01", "2026-02-28"],
  ["2026-03-29", "2026-05-03"],
];
const COMPARISONS = ["previous_period", "same_weekdays", "year_over_year"];
const UNITS = ["hour", "day", "week", "month"] as const;
const METRICS = ["pageviews", "visits"] as const;

async function ask(question: object): Promise<Report> {
  const parsed = parseReportQuery({ site_id: "site", ...question });
  if (parsed.kind === "invalid") throw new Error(JSON.stringify(parsed.fields));
  const planned = atOnce(planReport(parsed.query, SETTINGS, { nowMs: NOW_MS }));
  if (planned.kind !== "plan") throw new Error(JSON.stringify(planned));
  const { plan } = planned;
  const turn = { pause: () => undefined, signal: new AbortController().signal };
  const report = await foldReport(plan, snapshot, turn);
  return JSON.parse(jsonAnswer({ query: parsed.query, plan, report, asOfMs: NOW_MS }));
}

const sum = (values: readonly (number | null)[] = []) =>
  values.reduce<number>((total, value) => total + (value ?? 0), 0);

const cases = COMPARISONS.flatMap((compare) =>
  [...RANGES, ...DATES].map((range) => [compare, range] as const),
);
test.each(cases)("a chart shows all of %s for %p", async (compare, range) => {
  for (const metric of METRICS) {
    const asked = { metrics: [metric], date_range: range };
    const totals = await ask({ ...asked, include: { compare } });
    const [row] = totals.results;
    for (const unit of UNITS) {
      const report = await ask({
        ...asked,
        dimensions: [`time:${unit}`],
        include: { compare, time_labels: true },
      });
      const data = chartData(report, { metric, unit });
      const shown = { metric, unit, now: sum(data.values), before: sum(data.compared) };
      expect(shown).toEqual({
        metric,
        unit,
        now: Number(row?.metrics[0]),
        before: Number(row?.comparison?.metrics[0]),
      });
      expect(placesOf(data)).toBe(Math.max(data.labels.length, data.comparedLabels?.length ?? 0));
    }
  }
});

test("a bucket that only the compared range has is the last", async () => {
  const report = await ask({
    metrics: ["pageviews"],
    date_range: ["2026-10-20", "2026-10-28"],
    dimensions: ["time:week"],
    include: { compare: "previous_period", time_labels: true },
  });
  const data = chartData(report, { metric: "pageviews", unit: "week" });
  expect(data.labels).toEqual(["2026-10-19", "2026-10-26"]);
  expect(data.comparedLabels).toEqual(["2026-10-05", "2026-10-12", "2026-10-19"]);
  expect(data.values).toEqual([18, 9]);
  expect(data.compared).toEqual([3, 21, 3]);
  expect([0, 1, 2].map((place) => labelAt(data, place))).toEqual([
    "2026-10-19",
    "2026-10-26",
    undefined,
  ]);
});

test("a shorter compared range leaves the last buckets without one", async () => {
  const report = await ask({
    metrics: ["pageviews"],
    date_range: ["2026-10-20", "2026-10-28"],
    dimensions: ["time:day"],
    include: { compare: ["2026-10-01", "2026-10-07"], time_labels: true },
  });
  const data = chartData(report, { metric: "pageviews", unit: "day" });
  expect(data.compared).toEqual([3, 3, 3, 3, 3, 3, 3, null, null]);
});
