import fc from "fast-check";
import type {
  Dimension,
  Filter,
  FilterDimension,
  Goal,
  Interval,
  Metric,
  ReportPlan,
  TimeBuckets,
} from "../../../src/reporting/query/report-query.ts";
import type { PlainEvent } from "./plain-event.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** A week in which New York's clocks go back. */
const START_MS = Date.UTC(2026, 9, 29);
const DAYS = 5;
const ZONES = ["UTC", "Asia/Kathmandu", "America/New_York", "Australia/Lord_Howe"];

const instant = fc
  .tuple(
    fc.integer({ min: 0, max: DAYS * 24 - 1 }),
    // On, just before and just after the limit of a gap.
    fc.constantFrom(0, 1, 10 * MINUTE_MS, 30 * MINUTE_MS, 30 * MINUTE_MS + 1, 59 * MINUTE_MS),
  )
  .map(([hour, offset]) => START_MS + hour * HOUR_MS + offset);
/** Around midnight twice as often, so that visits cross it. */
const nearMidnight = fc
  .tuple(fc.integer({ min: 0, max: DAYS - 1 }), fc.integer({ min: -5, max: 5 }))
  .map(([day, step]) => START_MS + day * 24 * HOUR_MS + step * 10 * MINUTE_MS);

const text = (...values: string[]) =>
  fc.option(fc.constantFrom(...values), { nil: undefined, freq: 2 });

export const plainEvent: fc.Arbitrary<PlainEvent> = fc
  .record({
    at: fc.oneof(instant, nearMidnight),
    user: fc.constantFrom("a", "b", "c"),
    event_type: fc.constantFrom("page_view", "page_view", "click", "signup", "engagement"),
    path: fc.constantFrom("/", "/a", "/b", "/ä"),
    hostname: text("example.com"),
    session_id: text("s1", "s2"),
    referrer: text("https://a.example/x", "https://www.google.com/", "https://example.com/"),
    utm_source: text("news", ""),
    utm_medium: text("email", "cpc"),
    utm_campaign: text("spring"),
    country: text("FR", "NP"),
    device: text("mobile"),
    language: text("de", "en"),
    visitor: text("daily"),
    properties: fc.option(
      fc.record(
        {
          plan: fc.constantFrom('"pro"', '"1"', "1", "null", '""', '"a\\"b"', "true"),
          amount: fc.constantFrom("9.99", "10", "0.001", '"2.50"', "-3", '"x"', '"1e3"'),
          currency: fc.constantFrom('"EUR"', '"USD"'),
        },
        { requiredKeys: [] },
      ),
      { nil: undefined },
    ),
    engaged_ms: fc.option(fc.integer({ min: 0, max: 5_000 }), { nil: undefined }),
  })
  .map(
    (event) =>
      Object.fromEntries(
        Object.entries(event).filter(([, value]) => value !== undefined),
      ) as unknown as PlainEvent,
  );

const EVENT_DIMENSIONS: FilterDimension[] = [
  "event:name",
  "event:page",
  "event:hostname",
  "event:session_id",
  "event:prop_names",
  "event:props:plan",
];
const VISIT_DIMENSIONS: FilterDimension[] = [
  "visit:entry_page",
  "visit:exit_page",
  "visit:source",
  "visit:channel",
  "visit:referrer",
  "visit:utm_source",
  "visit:utm_medium",
  "visit:utm_campaign",
  "visit:country",
  "visit:device",
  "visit:language",
];
const VALUES = [
  "page_view",
  "signup",
  "engagement",
  "/",
  "/a",
  "/ä",
  "example.com",
  "s1",
  "pro",
  "1",
  "news",
  "email",
  "FR",
  "de",
  "mobile",
  "Direct",
  "Google",
  null,
];

function match(dimensions: readonly FilterDimension[]): fc.Arbitrary<Filter> {
  return fc
    .record({
      kind: fc.constant("match" as const),
      operator: fc.constantFrom("is", "is_not", "contains", "contains_not"),
      dimension: fc.constantFrom(...dimensions),
      values: fc.array(fc.constantFrom(...VALUES), { minLength: 1, maxLength: 3 }),
      isCaseSensitive: fc.constant(true),
    })
    .map((filter) =>
      filter.operator.startsWith("contains")
        ? { ...filter, values: filter.values.map((value) => value ?? "a") }
        : filter,
    );
}

function tree(leaf: fc.Arbitrary<Filter>): fc.Arbitrary<Filter> {
  return fc.letrec<{ filter: Filter }>((tie) => ({
    filter: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      leaf,
      fc.record({
        kind: fc.constantFrom("and", "or"),
        filters: fc.array(tie("filter"), { minLength: 1, maxLength: 3 }),
      }),
      fc.record({ kind: fc.constant("not" as const), filter: tie("filter") }),
    ),
  })).filter;
}

const done: fc.Arbitrary<Filter> = fc.record({
  kind: fc.constantFrom("has_done", "has_not_done"),
  filter: tree(match(EVENT_DIMENSIONS)),
});
const anyMatch = match([...EVENT_DIMENSIONS, ...VISIT_DIMENSIONS]);
const filter = tree(fc.oneof({ weight: 4, arbitrary: anyMatch }, { weight: 1, arbitrary: done }));

const goal = (name: string): fc.Arbitrary<Goal> =>
  fc.record(
    {
      name: fc.constant(name),
      filter: tree(anyMatch),
      revenue: fc.record({
        amountProperty: fc.constant("amount"),
        currency: fc.oneof(fc.constant({ property: "currency" }), fc.constant({ code: "CHF" })),
      }),
    },
    { requiredKeys: ["name", "filter"] },
  );

const EVENT_METRICS: Metric[] = ["visitors", "pageviews", "events", "time_on_page"];
const GOAL_METRICS: Metric[] = ["conversions", "conversion_rate", "revenue"];
const WHOLE_VISIT_METRICS: Metric[] = ["views_per_visit", "bounce_rate", "visit_duration"];
const DIMENSIONS: Dimension[] = [
  "event:name",
  "event:page",
  "event:hostname",
  "event:goal",
  "event:prop_names",
  "event:props:plan",
  "visit:entry_page",
  "visit:exit_page",
  "visit:source",
  "visit:channel",
  "visit:referrer",
  "visit:utm_source",
  "visit:utm_medium",
  "visit:country",
  "visit:device",
  "visit:language",
];

export const plan: fc.Arbitrary<ReportPlan> = fc
  .record({
    zone: fc.constantFrom(...ZONES),
    hours: fc.tuple(fc.integer({ min: 0, max: DAYS * 24 }), fc.integer({ min: 0, max: DAYS * 24 })),
    hasGap: fc.boolean(),
    time: fc.option(fc.constantFrom("time:hour", "time:day"), { nil: undefined }),
    others: fc.uniqueArray(fc.constantFrom(...DIMENSIONS), { maxLength: 2 }),
    filter: fc.option(filter, { nil: undefined }),
    filterBesideGoals: fc.option(filter, { nil: undefined }),
    goals: fc.tuple(goal("G1"), goal("G2")),
    metrics: fc.uniqueArray(
      fc.constantFrom(
        ...EVENT_METRICS,
        ...GOAL_METRICS,
        ...WHOLE_VISIT_METRICS,
        "visits" as const,
        "percentage" as const,
      ),
      { minLength: 1, maxLength: 6 },
    ),
  })
  .map(({ zone, hours, hasGap, time, others, metrics, ...rest }): ReportPlan => {
    const dimensions = [...(time === undefined ? [] : [time]), ...others] as Dimension[];
    const isOfEvents = dimensions.some((dimension) => dimension.startsWith("event:"));
    const allowed = metrics.filter(
      (metric) => !(isOfEvents && WHOLE_VISIT_METRICS.includes(metric)),
    );
    const fromMs = START_MS + Math.min(...hours) * HOUR_MS;
    const toMs = START_MS + Math.max(...hours) * HOUR_MS;
    const gaps =
      hasGap && toMs - fromMs > 4 * HOUR_MS
        ? [{ fromMs: fromMs + HOUR_MS, toMs: fromMs + 3 * HOUR_MS }]
        : [];
    const { filter: given, filterBesideGoals, ...goals } = rest;
    return {
      ...goals,
      siteId: "site",
      metrics: allowed.length === 0 ? ["events"] : allowed,
      dimensions,
      ...(given && { filter: given }),
      ...(filterBesideGoals && { filterBesideGoals }),
      range: { fromMs, toMs, gaps },
      ...(time !== undefined && { buckets: bucketsOf(zone, time, { fromMs, toMs }) }),
      timeZone: zone,
      pageViewTypes: new Set(["page_view"]),
      include: { timeLabels: false, totalRows: true },
      orderBy: [],
      limit: 10_000,
      offset: 0,
    };
  });

export function bucketsOf(
  zone: string,
  unit: "time:hour" | "time:day",
  { fromMs, toMs }: Interval,
): TimeBuckets {
  const labelAt = (ms: number): string => {
    const local = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone);
    const date = local.toPlainDate().toString();
    return unit === "time:day" ? date : `${date}T${local.hour}${local.offset}`;
  };
  const starts: number[] = [];
  const rows: number[] = [];
  const labels: string[] = [];
  for (let ms = fromMs - 24 * HOUR_MS; ms < toMs; ms += 15 * MINUTE_MS) {
    const label = labelAt(ms);
    if (label === labels.at(-1)) continue;
    labels.push(label);
    rows.push(labels.length - 1);
    starts.push(ms);
  }
  return { starts, rows, labels };
}
