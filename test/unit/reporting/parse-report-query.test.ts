import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseReportQuery } from "../../../src/reporting/query/parse-report-query.ts";
import { queryFromParameters } from "../../../src/reporting/query/query-from-parameters.ts";

const LEAST = { site_id: "a", metrics: ["visitors"], date_range: "7d" };

function queryOf(changes: Record<string, unknown>) {
  const parsed = parseReportQuery({ ...LEAST, ...changes });
  if (parsed.kind === "invalid") throw new Error(JSON.stringify(parsed.fields));
  return parsed.query;
}

function problemsOf(changes: Record<string, unknown>): Record<string, string> {
  const parsed = parseReportQuery({ ...LEAST, ...changes });
  return parsed.kind === "invalid" ? parsed.fields : {};
}

function nested(depth: number): unknown {
  let filter: unknown = ["is", "event:page", ["/"]];
  for (let i = 0; i < depth; i += 1) filter = ["not", filter];
  return filter;
}

describe("a query", () => {
  test("gets its defaults", () => {
    expect(queryOf({})).toEqual({
      siteId: "a",
      metrics: ["visitors"],
      dimensions: [],
      dateRange: { kind: "preset", preset: "7d" },
      include: { timeLabels: false, totalRows: false },
      orderBy: [{ by: "visitors", direction: "desc" }],
      limit: 10_000,
      offset: 0,
    });
  });

  test("is read whole", () => {
    const query = queryOf({
      metrics: ["visits", "conversion_rate"],
      date_range: ["2026-01-01", "2026-01-31"],
      timezone: "asia/kathmandu",
      dimensions: ["time:day", "event:goal", "event:props:plan"],
      filters: [
        ["is", "event:page", ["/", null, ""], { case_sensitive: false }],
        [
          "or",
          [
            ["contains_not", "visit:source", ["x"]],
            ["not", ["is", "event:props:n", [1, true]]],
          ],
        ],
        ["has_done", ["is", "event:goal", ["Signup"]]],
        ["is", "segment", ["Readers"]],
        ["is_not", "event:session_id", ["s1"]],
      ],
      include: { compare: ["2025-01-01", "2025-01-31"], time_labels: true, total_rows: true },
      order_by: [
        ["event:goal", "asc"],
        ["visits", "desc"],
      ],
      pagination: { limit: 5, offset: 10 },
    });
    expect(query.dateRange).toEqual({ kind: "dates", from: "2026-01-01", to: "2026-01-31" });
    expect(query.timeZone).toBe("Asia/Kathmandu");
    expect(query.dimensions).toEqual(["time:day", "event:goal", "event:props:plan"]);
    expect(query.include).toEqual({
      compare: { kind: "dates", from: "2025-01-01", to: "2025-01-31" },
      timeLabels: true,
      totalRows: true,
    });
    expect(query.orderBy).toEqual([
      { by: "event:goal", direction: "asc" },
      { by: "visits", direction: "desc" },
    ]);
    expect([query.limit, query.offset]).toEqual([5, 10]);
    const match = { kind: "match", isCaseSensitive: true } as const;
    expect(query.filter).toEqual({
      kind: "and",
      filters: [
        {
          ...match,
          operator: "is",
          dimension: "event:page",
          values: ["/", null, null],
          isCaseSensitive: false,
        },
        {
          kind: "or",
          filters: [
            { ...match, operator: "contains_not", dimension: "visit:source", values: ["x"] },
            {
              kind: "not",
              filter: {
                ...match,
                operator: "is",
                dimension: "event:props:n",
                values: ["1", "true"],
              },
            },
          ],
        },
        {
          kind: "has_done",
          filter: { ...match, operator: "is", dimension: "event:goal", values: ["Signup"] },
        },
        { kind: "segment", names: ["Readers"] },
        { ...match, operator: "is_not", dimension: "event:session_id", values: ["s1"] },
      ],
    });
  });

  test("is ordered by time, then by its first number", () => {
    const byTime = { metrics: ["revenue", "visits"], dimensions: ["visit:source", "time:day"] };
    expect(queryOf(byTime).orderBy).toEqual([
      { by: "time:day", direction: "asc" },
      { by: "visits", direction: "desc" },
    ]);
  });

  test("may be of two instants, the second exclusive", () => {
    expect(
      queryOf({ date_range: ["2026-01-01T00:00:00+05:45", "2026-01-01T12:00:00Z"] }).dateRange,
    ).toEqual({
      kind: "instants",
      fromMs: Date.parse("2025-12-31T18:15:00Z"),
      toMs: Date.parse("2026-01-01T12:00:00Z"),
    });
  });

  test.each([[null], [[]], ["x"], [1], [undefined]])("is no %j", (body) => {
    expect(parseReportQuery(body)).toMatchObject({ kind: "invalid" });
  });

  test.each([
    [{ site_id: 1 }, "site_id"],
    [{ site_id: "" }, "site_id"],
    [{ site_id: "a\0" }, "site_id"],
    [{ metrics: undefined }, "metrics"],
    [{ metrics: [] }, "metrics"],
    [{ metrics: ["visitors", "hits"] }, "metrics[1]"],
    [{ metrics: ["visitors", "visitors"] }, "metrics[1]"],
    [{ metrics: "visitors" }, "metrics"],
    [{ date_range: undefined }, "date_range"],
    [{ date_range: "today" }, "date_range"],
    [{ date_range: ["2026-01-01"] }, "date_range"],
    [{ date_range: ["2026-02-30", "2026-03-01"] }, "date_range[0]"],
    [{ date_range: ["2026-01-01", "2026-01-01T00:00:00Z"] }, "date_range[1]"],
    [{ date_range: ["2026-01-02", "2026-01-01"] }, "date_range[1]"],
    [{ date_range: ["1969-12-31", "2026-01-01"] }, "date_range[0]"],
    [{ date_range: ["2026-01-01T00:00:00", "2026-01-02T00:00:00Z"] }, "date_range[0]"],
    [{ date_range: ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"] }, "date_range[1]"],
    [{ timezone: "Mars/Olympus" }, "timezone"],
    [{ timezone: "+02:00" }, "timezone"],
    [{ timezone: 1 }, "timezone"],
    [{ dimensions: "event:page" }, "dimensions"],
    [{ dimensions: ["event:props:"] }, "dimensions[0]"],
    [{ dimensions: ["event:props:" + "k".repeat(65)] }, "dimensions[0]"],
    [{ dimensions: ["event:session_id"] }, "dimensions[0]"],
    [{ dimensions: ["constructor"] }, "dimensions[0]"],
    [{ dimensions: ["event:page", "event:page"] }, "dimensions[1]"],
    [{ dimensions: ["time:day", "time:hour"] }, "dimensions"],
    [{ dimensions: ["event:page", "event:name", "event:hostname"] }, "dimensions"],
    [{ include: [] }, "include"],
    [{ include: { imports: true } }, "include.imports"],
    [{ include: { total_rows: "yes" } }, "include.total_rows"],
    [{ include: { compare: "last_year" } }, "include.compare"],
    [{ include: { compare: ["2026-01-01", "x"] } }, "include.compare[1]"],
    [{ include: { time_labels: true } }, "include.time_labels"],
    [{ order_by: "visitors" }, "order_by"],
    [{ metrics: ["visitor"], order_by: [["visitor", "asc"]] }, "metrics[0]"],
    [{ order_by: [["visits", "desc"]] }, "order_by[0]"],
    [{ order_by: [["visitors", "down"]] }, "order_by[0]"],
    [{ order_by: ["visitors"] }, "order_by[0]"],
    [{ metrics: ["revenue"], order_by: [["revenue", "desc"]] }, "order_by"],
    [
      {
        metrics: ["visits", "events"],
        order_by: [
          ["visits", "asc"],
          ["visits", "asc"],
        ],
      },
      "order_by[1]",
    ],
    [{ pagination: { limit: 0 } }, "pagination.limit"],
    [{ pagination: { limit: 10_001 } }, "pagination.limit"],
    [{ pagination: { offset: -1 } }, "pagination.offset"],
    [{ pagination: { offset: 1.5 } }, "pagination.offset"],
    [{ pagination: { page: 1 } }, "pagination.page"],
    [{ metric: ["visitors"] }, "metric"],
    [JSON.parse('{"__proto__":1}'), "__proto__"],
    [{ metrics: ["bounce_rate"], dimensions: ["event:page"] }, "metrics[0]"],
    [{ metrics: ["visits", "views_per_visit"], dimensions: ["event:props:a"] }, "metrics[1]"],
    [{ metrics: ["visit_duration"], dimensions: ["time:day", "event:goal"] }, "metrics[0]"],
    [{ metrics: ["percentage"] }, "metrics[0]"],
    [{ metrics: ["time_on_page"], dimensions: ["visit:entry_page"] }, "metrics[0]"],
    [
      { metrics: ["time_on_page"], filters: [["has_done", ["is", "event:page", ["/"]]]] },
      "metrics[0]",
    ],
  ])("with %j names %s", (changes, path) => {
    const problems = problemsOf(changes);
    expect(Object.keys(problems)).toEqual([path]);
    expect(problems[path]).toMatch(/^Expected .+, got .+/);
  });

  test.each([
    [{ metrics: ["time_on_page"], filters: [["not", ["contains", "event:page", ["/a"]]]] }],
    [{ metrics: ["time_on_page"], filters: [["is", "segment", ["Readers"]]] }],
    [{ metrics: ["time_on_page", "percentage"], dimensions: ["event:page"] }],
    [{ metrics: ["bounce_rate"], filters: [["is", "event:page", ["/"]]] }],
    [{ order_by: [] }],
    [{ dimensions: null, filters: null, include: null, pagination: null, timezone: null }],
  ])("may have %j", (changes) => {
    expect(problemsOf(changes)).toEqual({});
  });

  test("names several problems at once, and few of many", () => {
    expect(Object.keys(problemsOf({ metrics: ["x", "y"], dimensions: ["z"], limit: 1 }))).toEqual([
      "limit",
      "metrics[0]",
      "metrics[1]",
      "dimensions[0]",
    ]);
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`k${i}`, 1]));
    expect(Object.keys(problemsOf(many))).toHaveLength(20);
    expect(JSON.stringify(problemsOf({ ["k".repeat(60_000)]: 1 })).length).toBeLessThan(1_000);
  });

  test("from any JSON is read or refused", () => {
    const values = fc.jsonValue({ maxDepth: 6 }).map((value) => JSON.parse(JSON.stringify(value)));
    fc.assert(
      fc.property(values, values, values, (dateRange, filters, include) => {
        const body = { ...LEAST, date_range: dateRange, filters, include };
        const parsed = parseReportQuery(body);
        expect(parsed.kind === "query" || Object.keys(parsed.fields).length > 0).toBe(true);
      }),
    );
  });
});

describe("filters", () => {
  test.each([
    ["x", "filters"],
    [[1], "filters[0]"],
    [[[]], "filters[0]"],
    [[["is", "event:page"]], "filters[0][2]"],
    [[["is", "event:page", []]], "filters[0][2]"],
    [[["is", "event:page", [{}]]], "filters[0][2][0]"],
    [[["is", "event:page", [1]]], "filters[0][2][0]"],
    [[["is", "event:page", ["\ud800"]]], "filters[0][2][0]"],
    [[["is", "event:page", ["x".repeat(2_049)]]], "filters[0][2][0]"],
    [[["contains", "event:page", ["a", ""]]], "filters[0][2][1]"],
    [[["matches_glob", "event:page", ["/\\"]]], "filters[0][2][0]"],
    [[["matches_glob_not", "event:page", [null]]], "filters[0][2][0]"],
    [[["matches", "event:page", ["^/a+$"]]], "filters[0][0]"],
    [[["is", "event:pages", ["/"]]], "filters[0][1]"],
    [[["is", "time:day", ["2026-01-01"]]], "filters[0][1]"],
    [[["is", "event:page", ["/"], { case_sensitive: 1 }]], "filters[0][3].case_sensitive"],
    [[["is", "event:page", ["/"], { sensitive: true }]], "filters[0][3].sensitive"],
    [[["is", "event:page", ["/"], null, 1]], "filters[0]"],
    [[["and", []]], "filters[0][1]"],
    [[["and", ["is", "event:page", ["/"]]]], "filters[0][1][0]"],
    [[["not", [["is", "event:page", ["/"]]]]], "filters[0][1]"],
    [[["or", [["is", "event:page", ["/"]]], {}]], "filters[0]"],
    [
      [
        ["is", "event:page", ["/"]],
        ["or", [["is", "visit:x", ["/"]]]],
      ],
      "filters[1][1][0][1]",
    ],
    [[["is_not", "event:goal", ["A"]]], "filters[0][1]"],
    [[["or", [["is", "event:goal", ["A"]]]]], "filters[0][1][0][1]"],
    [[["not", ["is", "event:goal", ["A"]]]], "filters[0][1][1]"],
    [[["has_done", ["has_done", ["is", "event:page", ["/"]]]]], "filters[0][1][1]"],
    [[["has_done", ["is", "visit:source", ["a"]]]], "filters[0][1][1]"],
    [[["has_done", ["is", "segment", ["A"]]]], "filters[0][1][1]"],
    [[["is_not", "segment", ["A"]]], "filters[0][0]"],
    [[["is", "segment", [1]]], "filters[0][2][0]"],
    [[["is", "segment", [null]]], "filters[0][2][0]"],
    [[["is", "segment", ["A", ""]]], "filters[0][2][1]"],
    [[["is", "segment", []]], "filters[0][2]"],
    [[["is", "segment", ["A"], { case_sensitive: false }]], "filters[0][3]"],
    [[["is", "segment", ["A"], null]], "filters[0][3]"],
    [JSON.parse('[["is","event:props:n",[1e999]]]'), "filters[0][2][0]"],
  ])("such as %j name %s", (filters, path) => {
    const problems = problemsOf({ filters });
    expect(Object.keys(problems)[0]).toBe(path);
  });

  test("are nested eight deep at most", () => {
    expect(problemsOf({ filters: [nested(8)] })).toEqual({});
    expect(Object.values(problemsOf({ filters: [nested(9)] }))).toEqual([
      "Expected filters nested at most 8 deep, got more",
    ]);
    expect(Object.values(problemsOf({ filters: [nested(10_000)] }))).toHaveLength(1);
  });

  test("are a hundred at most, with a thousand values", () => {
    const filter = ["is", "event:page", ["/"]];
    expect(problemsOf({ filters: Array.from({ length: 100 }, () => filter) })).toEqual({});
    expect(Object.keys(problemsOf({ filters: Array.from({ length: 101 }, () => filter) }))).toEqual(
      ["filters"],
    );
    const values = (count: number) => [["is", "event:page", Array(count).fill("/")], filter];
    expect(problemsOf({ filters: values(999) })).toEqual({});
    expect(Object.keys(problemsOf({ filters: values(1_000) }))).toEqual(["filters[1][2]"]);
  });

  test("have patterns of a thousand characters at most", () => {
    const patterns = (count: number) => [
      ["matches_glob", "event:page", Array.from({ length: count }, () => "/".repeat(200))],
    ];
    expect(problemsOf({ filters: patterns(5) })).toEqual({});
    expect(Object.keys(problemsOf({ filters: patterns(6) }))).toEqual(["filters[0][2][5]"]);
  });

  test.each([
    [1e21, "1000000000000000000000"],
    [-1.5e300, `-15${"0".repeat(299)}`],
    [1.25e-7, "0.000000125"],
    [-0, "0"],
    [0.1, "0.1"],
  ])("have %p as PostgreSQL prints it", (value, text) => {
    const { filter } = queryOf({ filters: [["is", "event:props:n", [value]]] });
    expect(filter).toMatchObject({ values: [text] });
  });

  test("name a segment once", () => {
    const { filter } = queryOf({ filters: [["is", "segment", ["A", "B", "A"]]] });
    expect(filter).toEqual({ kind: "segment", names: ["A", "B"] });
  });

  test("by a goal may stand under and, and in has_done", () => {
    const goal = ["contains", "event:goal", ["A"]];
    expect(
      problemsOf({
        filters: [
          ["and", [goal]],
          ["has_done", ["or", [goal]]],
        ],
      }),
    ).toEqual({});
  });
});

test("a filter by a regular expression is told of globs", () => {
  const { "filters[0][0]": problem } = problemsOf({
    filters: [["matches", "event:page", ["^/blog"]]],
  });
  expect(problem).toEndWith('for matches_glob, not regular expressions, got "matches"');
});

test("revenue orders no rows, and the problem says so", () => {
  const order_by = [["revenue", "desc"]];
  const why = "whose amounts of several currencies have no order";
  expect(problemsOf({ metrics: ["revenue"], order_by })).toEqual({
    order_by: `Expected order_by to be absent where revenue is the only column, ${why}, got an array of 1`,
  });
  expect(problemsOf({ metrics: ["visitors", "revenue"], order_by })).toEqual({
    "order_by[0]": `Expected order_by[0] to be by another column than revenue, ${why}, got "revenue"`,
  });
});

describe("the parameters of an address", () => {
  function parsed(parameters: Record<string, string>) {
    return queryFromParameters(new Map(Object.entries(parameters)));
  }

  test("are the query", () => {
    expect(
      parsed({
        site_id: "[a]",
        metrics: "visitors,pageviews",
        date_range: "2026-01-01,2026-01-31",
        dimensions: '["event:props:a,b"]',
        filters: '[["is","event:page",["/"]]]',
        order_by: '[["pageviews","asc"]]',
        include: '{"total_rows":true}',
        limit: "5",
        offset: "10",
      }),
    ).toEqual(
      parseReportQuery({
        site_id: "[a]",
        metrics: ["visitors", "pageviews"],
        date_range: ["2026-01-01", "2026-01-31"],
        dimensions: ["event:props:a,b"],
        filters: [["is", "event:page", ["/"]]],
        order_by: [["pageviews", "asc"]],
        include: { total_rows: true },
        pagination: { limit: 5, offset: 10 },
      }),
    );
  });

  test.each([
    [{ filters: "[" }, "filters"],
    [{ include: "x" }, "include"],
    [{ metrics: '["visitors"' }, "metrics"],
    [{ limit: "many" }, "pagination.limit"],
    [{ limit: "5", pagination: "{}" }, "limit"],
    [{ site: "b" }, "site"],
    [JSON.parse('{"__proto__":"1"}'), "__proto__"],
    [{ date_range: "2026-01-01," }, "date_range[1]"],
  ])("%j name %s", (parameters, path) => {
    const least = { site_id: "a", metrics: "visitors", date_range: "7d" };
    const result = parsed({ ...least, ...parameters });
    expect(result.kind === "invalid" && Object.keys(result.fields)).toEqual([path]);
  });

  test("say what each should be", () => {
    const least = { site_id: "a", metrics: "visitors", date_range: "7d" };
    const result = parsed({ ...least, order_by: "visitors", limit: "5", pagination: "{}" });
    expect(result).toEqual({
      kind: "invalid",
      fields: {
        order_by: 'Expected order_by to be JSON such as [["visitors","desc"]], got "visitors"',
        limit: "Expected limit or pagination, got both",
      },
    });
  });
});
