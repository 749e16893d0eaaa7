import { describe, expect, test } from "bun:test";
import { parseReportQuery } from "../../../src/reporting/query/parse-report-query.ts";
import { planReport } from "../../../src/reporting/query/plan-report.ts";
import type {
  Filter,
  Goal,
  ReportPlan,
  SiteSettings,
  TimeRange,
} from "../../../src/reporting/query/report-query.ts";
import { atOnce } from "../../support/at-once.ts";

function match(dimension: "event:name" | "event:page" | "visit:source", value: string): Filter {
  return { kind: "match", operator: "is", dimension, values: [value], isCaseSensitive: true };
}

const SIGNUP: Goal = { name: "Signup", filter: match("event:name", "signup") };
const ORDER: Goal = { name: "Order", filter: match("event:page", "/thanks") };
const SETTINGS: SiteSettings = {
  timeZone: "Europe/Berlin",
  pageViewTypes: ["page_view"],
  goals: [SIGNUP, ORDER],
  segments: [
    { name: "Ads", filter: match("visit:source", "ads") },
    {
      name: "Mail",
      filter: { kind: "and", filters: [match("visit:source", "mail"), match("event:page", "/")] },
    },
  ],
};
/** 15:20 on a Thursday in Berlin. */
const NOW_MS = Date.parse("2026-01-15T14:20:00Z");

interface Asked {
  readonly nowMs?: number;
  readonly firstMs?: number;
  readonly lastMs?: number;
  readonly settings?: Partial<SiteSettings>;
}

function planned(
  changes: Record<string, unknown>,
  { settings, nowMs = NOW_MS, ...events }: Asked = {},
) {
  const body = { site_id: "a", metrics: ["visitors"], date_range: "day", ...changes };
  const parsed = parseReportQuery(body);
  if (parsed.kind === "invalid") throw new Error(JSON.stringify(parsed.fields));
  return atOnce(planReport(parsed.query, { ...SETTINGS, ...settings }, { nowMs, ...events }));
}

function planOf(changes: Record<string, unknown>, asked: Asked = {}): ReportPlan {
  const result = planned(changes, asked);
  if (result.kind === "invalid") throw new Error(JSON.stringify(result.fields));
  return result.plan;
}

function problemsOf(changes: Record<string, unknown>, asked: Asked = {}) {
  const result = planned(changes, asked);
  return result.kind === "invalid" ? result.fields : {};
}

function ends(range: TimeRange | undefined, timeZone = "Europe/Berlin"): string[] {
  return [range?.fromMs ?? 0, range?.toMs ?? 0].map((ms) =>
    Temporal.Instant.fromEpochMilliseconds(ms)
      .toZonedDateTimeISO(timeZone)
      .toPlainDateTime()
      .toString({ smallestUnit: "minute" }),
  );
}

describe("a preset", () => {
  test.each([
    ["day", "2026-01-15T00:00", "2026-01-16T00:00"],
    ["24h", "2026-01-14T15:20", "2026-01-15T15:20"],
    ["7d", "2026-01-08T00:00", "2026-01-15T00:00"],
    ["28d", "2025-12-18T00:00", "2026-01-15T00:00"],
    ["30d", "2025-12-16T00:00", "2026-01-15T00:00"],
    ["91d", "2025-10-16T00:00", "2026-01-15T00:00"],
    ["month", "2026-01-01T00:00", "2026-02-01T00:00"],
    ["6mo", "2025-07-01T00:00", "2026-01-01T00:00"],
    ["12mo", "2025-01-01T00:00", "2026-01-01T00:00"],
    ["year", "2026-01-01T00:00", "2027-01-01T00:00"],
    ["all", "2026-01-15T00:00", "2026-01-16T00:00"],
  ])("%s is from %s to %s", (preset, from, to) => {
    expect(ends(planOf({ date_range: preset }).range)).toEqual([from, to]);
  });

  test("all is from the first event to the last, and has today", () => {
    const firstMs = Date.parse("2024-05-01T23:30:00Z");
    const ofPast = { firstMs, lastMs: Date.parse("2025-01-01T00:00:00Z") };
    expect(ends(planOf({ date_range: "all" }, ofPast).range)).toEqual([
      "2024-05-02T00:00",
      "2026-01-16T00:00",
    ]);
    const ahead = { firstMs, lastMs: Date.parse("2026-01-16T12:00:00Z") };
    expect(ends(planOf({ date_range: "all" }, ahead).range)).toEqual([
      "2024-05-02T00:00",
      "2026-01-17T00:00",
    ]);
  });

  test.each(["day", "24h", "month", "all"])("%s takes a now between two milliseconds", (preset) => {
    const changes = {
      date_range: preset,
      dimensions: ["time:hour"],
      include: { compare: "previous_period" },
    };
    const exact = planOf(changes);
    const firstMs = NOW_MS + 0.25;
    expect(planOf(changes, { nowMs: NOW_MS + 0.901, firstMs, lastMs: firstMs })).toEqual(exact);
  });

  test("is of the zone that the query names", () => {
    const { range, timeZone } = planOf({ timezone: "Pacific/Kiritimati" });
    expect(timeZone).toBe("Pacific/Kiritimati");
    expect(ends(range, "Pacific/Kiritimati")).toEqual(["2026-01-16T00:00", "2026-01-17T00:00"]);
  });
});

describe("a comparison", () => {
  test.each([
    // Whole ranges.
    ["7d", "previous_period", "2026-01-01T00:00", "2026-01-08T00:00"],
    ["7d", "year_over_year", "2025-01-08T00:00", "2025-01-15T00:00"],
    ["12mo", "previous_period", "2024-01-02T00:00", "2025-01-01T00:00"],
    [
      ["2026-01-01", "2026-01-03"],
      ["2025-06-01", "2025-06-30"],
      "2025-06-01T00:00",
      "2025-07-01T00:00",
    ],
    [["2024-02-29", "2024-02-29"], "year_over_year", "2023-02-28T00:00", "2023-03-01T00:00"],
    // Ranges that contain now, 15:20 on the 15th.
    ["day", "previous_period", "2026-01-14T00:00", "2026-01-14T15:20"],
    ["day", "year_over_year", "2025-01-15T00:00", "2025-01-15T15:20"],
    ["month", "previous_period", "2025-12-17T00:00", "2025-12-31T15:20"],
    ["month", "year_over_year", "2025-01-01T00:00", "2025-01-15T15:20"],
    ["year", "previous_period", "2025-12-17T00:00", "2025-12-31T15:20"],
    ["month", ["2025-10-01", "2025-10-31"], "2025-10-01T00:00", "2025-10-15T15:20"],
    ["month", ["2025-10-01", "2025-10-05"], "2025-10-01T00:00", "2025-10-06T00:00"],
    [["2026-01-10", "2026-01-20"], "previous_period", "2026-01-04T00:00", "2026-01-09T15:20"],
    // The same weekdays.
    ["7d", "same_weekdays", "2026-01-01T00:00", "2026-01-08T00:00"],
    [["2026-01-01", "2026-01-10"], "same_weekdays", "2025-12-18T00:00", "2025-12-28T00:00"],
    ["day", "same_weekdays", "2026-01-08T00:00", "2026-01-08T15:20"],
    ["month", "same_weekdays", "2025-12-11T00:00", "2025-12-25T15:20"],
    ["24h", "same_weekdays", "2026-01-07T15:20", "2026-01-08T15:20"],
    // Instants.
    ["24h", "previous_period", "2026-01-13T15:20", "2026-01-14T15:20"],
    ["24h", "year_over_year", "2025-01-14T15:20", "2025-01-15T15:20"],
    [
      ["2026-01-02T09:00:00Z", "2026-01-02T11:30:00Z"],
      "previous_period",
      "2026-01-01T10:00",
      "2026-01-01T12:30",
    ],
    [
      ["2026-01-14T09:00:00Z", "2026-01-17T00:00:00Z"],
      "previous_period",
      "2026-01-12T10:00",
      "2026-01-13T15:20",
    ],
    [
      ["2026-01-02T09:00:00Z", "2026-01-02T11:30:00Z"],
      ["2025-12-01", "2025-12-02"],
      "2025-12-01T00:00",
      "2025-12-03T00:00",
    ],
  ])("of %j with %j is from %s to %s", (range, compare, from, to) => {
    const plan = planOf({ date_range: range, include: { compare } });
    expect(ends(plan.comparison?.range)).toEqual([from, to]);
  });

  test("of a day with 25 hours ends at the same local time", () => {
    const nowMs = Date.parse("2026-10-25T14:20:00Z");
    const plan = planOf({ include: { compare: "previous_period" } }, { nowMs });
    expect(ends(plan.comparison?.range)).toEqual(["2026-10-24T00:00", "2026-10-24T15:20"]);
  });

  test("has buckets of its own", () => {
    const plan = planOf({
      date_range: "7d",
      dimensions: ["time:day"],
      include: { compare: "previous_period" },
    });
    expect(plan.buckets?.labels).toHaveLength(7);
    expect(plan.buckets?.labels[0]).toBe("2026-01-08");
    expect(plan.comparison?.buckets?.labels[0]).toBe("2026-01-01");
  });
});

describe("a plan", () => {
  test("has the site's settings", () => {
    const plan = planOf({});
    expect(plan.timeZone).toBe("Europe/Berlin");
    expect(plan.pageViewTypes).toEqual(new Set(["page_view"]));
    expect(plan.goals).toEqual([SIGNUP, ORDER]);
    expect(plan).not.toHaveProperty("filter");
    expect(plan).not.toHaveProperty("buckets");
  });

  test("has the filters of segments in place of their names", () => {
    const { filter, filterBesideGoals } = planOf({
      filters: [
        ["is", "segment", ["Ads", "Mail"]],
        ["not", ["is", "segment", ["Ads"]]],
      ],
    });
    const [ads, mail] = SETTINGS.segments.map((segment) => segment.filter);
    expect(filter).toEqual({
      kind: "and",
      filters: [
        { kind: "or", filters: [ads, mail] },
        { kind: "not", filter: ads },
      ] as Filter[],
    });
    expect(filterBesideGoals).toEqual(filter as Filter);
  });

  test("tells the filters of goals from the others", () => {
    const plan = planOf({
      filters: [
        ["is", "event:goal", ["signup"], { case_sensitive: false }],
        ["is", "visit:source", ["ads"]],
      ],
    });
    const source = match("visit:source", "ads");
    expect(plan.goals).toEqual([SIGNUP]);
    expect(plan.filterBesideGoals).toEqual(source);
    expect(plan.filter).toEqual({ kind: "and", filters: [source, SIGNUP.filter] });
  });

  test("has any of several goals", () => {
    const either = { kind: "or", filters: [SIGNUP.filter, ORDER.filter] } as const;
    const top = planOf({ filters: [["contains", "event:goal", ["r", "S"]]] });
    expect(top.filter).toEqual(either);
    expect(top).not.toHaveProperty("filterBesideGoals");
    const done = planOf({ filters: [["has_done", ["is", "event:goal", ["Signup", "Order"]]]] });
    expect(done.filter).toEqual({ kind: "has_done", filter: either });
    expect(done.goals).toEqual([SIGNUP, ORDER]);
  });

  test("passes nothing where no goal contains a text", () => {
    const plan = planOf({ filters: [["contains", "event:goal", ["zzz"]]] });
    expect(plan.filter).toEqual({ kind: "or", filters: [] });
    expect(plan.goals).toEqual([]);
  });

  test.each([
    [{ filters: [["is", "segment", ["Nobody"]]] }, "filters", 'got "Nobody"; it has "Ads", "Mail"'],
    [{ filters: [["is", "event:goal", ["Signup", "None"]]] }, "filters", 'got "None"; it has'],
    [{ filters: [["has_done", ["is", "event:goal", ["None"]]]] }, "filters", 'got "None"'],
    [
      {
        filters: [
          ["is", "event:goal", ["Signup"]],
          ["is", "event:goal", ["Order"]],
        ],
      },
      "filters",
      "one filter by event:goal",
    ],
    [
      { metrics: ["time_on_page"], filters: [["is", "segment", ["Ads"]]] },
      "metrics[0]",
      "event:page as a dimension or in a filter",
    ],
    [{ dimensions: ["time:minute"], date_range: "91d" }, "date_range", "got 131100"],
  ])("refuses %j", (changes, path, text) => {
    const problems = problemsOf(changes);
    expect(Object.keys(problems)).toEqual([path]);
    expect(problems[path]).toContain(text);
  });

  test("takes a page from a segment", () => {
    const asked = { metrics: ["time_on_page"], filters: [["is", "segment", ["Mail"]]] };
    expect(problemsOf(asked)).toEqual({});
  });

  describe("of a segment with a goal", () => {
    const goal = { ...match("event:page", "Signup"), dimension: "event:goal" } as Filter;
    const done: Filter = { kind: "has_done", filter: goal };
    const segments = [
      ...SETTINGS.segments,
      { name: "Signed up", filter: goal },
      { name: "Ads too", filter: { kind: "and", filters: [goal, match("visit:source", "ads")] } },
      { name: "Did", filter: done },
    ] as const;

    test.each([
      [["is", "segment", ["Signed up"]]],
      [["and", [["is", "segment", ["Ads too"]]]]],
      [["not", ["is", "segment", ["Did"]]]],
      [["is", "segment", ["Did", "Mail"]]],
    ])("takes %j", (filter) => {
      expect(problemsOf({ filters: [filter] }, { settings: { segments } })).toEqual({});
    });

    test.each([
      [["not", ["is", "segment", ["Signed up"]]]],
      [["or", [["is", "segment", ["Ads too"]]]]],
      [["is", "segment", ["Signed up", "Mail"]]],
      [["and", [["not", ["is", "segment", ["Ads too"]]]]]],
    ])("refuses %j, as it does a goal of the query", (filter) => {
      const problems = problemsOf({ filters: [filter] }, { settings: { segments } });
      expect(problems).toEqual({
        filters: expect.stringContaining("event:goal alone and beside the other filters"),
      });
    });
  });

  test("needs a goal for what goals count", () => {
    const settings = { goals: [] };
    const metrics = ["conversions", "visitors", "conversion_rate", "revenue"];
    expect(Object.keys(problemsOf({ metrics, dimensions: ["event:goal"] }, { settings }))).toEqual([
      "metrics[0]",
      "metrics[2]",
      "metrics[3]",
      "dimensions[0]",
    ]);
    expect(problemsOf({ metrics, dimensions: ["event:goal"] })).toEqual({});
  });

  test.each([
    [{}, []],
    [{ dimensions: ["event:name"], filters: [["is", "segment", ["Ads"]]] }, []],
    [{ filters: [["is", "event:goal", ["Signup"]]], metrics: ["conversions"] }, []],
    [{ metrics: ["visitors", "conversions"] }, ["metrics[1]"]],
    [{ dimensions: ["event:goal"] }, ["dimensions[0]"]],
    [{ filters: [["is", "event:goal", ["Later"]]] }, ["filters"]],
    [{ filters: [["contains", "event:goal", ["a"]]] }, ["filters"]],
    [{ filters: [["has_done", ["is", "event:goal", ["Later"]]]] }, ["filters"]],
    [{ filters: [["is", "segment", ["Newer"]]] }, ["filters"]],
  ])("of definitions of another version, %j needs %p", (changes, paths) => {
    const settings = { unreadable: { goals: ["Later"], segments: ["Newer"] } };
    const problems = problemsOf(changes, { settings });
    expect(Object.keys(problems)).toEqual(paths);
    for (const problem of Object.values(problems)) {
      expect(problem).toMatch(/that this version can read, got "(Later|Newer)"/);
    }
  });

  test("is made in pieces, so that other questions go on", () => {
    const minutes = { dimensions: ["time:minute"], date_range: ["2025-12-01", "2025-12-30"] };
    const body = { site_id: "a", metrics: ["visitors"], ...minutes };
    const parsed = parseReportQuery(body);
    if (parsed.kind === "invalid") throw new Error(JSON.stringify(parsed.fields));
    const steps = planReport(parsed.query, SETTINGS, { nowMs: NOW_MS });
    let pieces = 1;
    while (steps.next().done !== true) pieces += 1;
    expect(pieces).toBeGreaterThan(40);
  });

  test("counts the rows of a range up to now", () => {
    const minutes = { dimensions: ["time:minute"] };
    expect(problemsOf({ ...minutes, date_range: "month" })).toEqual({});
    expect(problemsOf({ ...minutes, date_range: ["2026-01-01", "9999-12-31"] })).toEqual({});
    const days = { dimensions: ["time:day"], date_range: ["1970-01-01", "9999-12-31"] };
    expect(planOf(days).buckets?.labels.at(-1)).toBe("2026-01-15");
  });
});
