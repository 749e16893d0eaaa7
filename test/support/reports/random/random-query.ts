import {
  COMPARISONS,
  type DateRange,
  type Dimension,
  METRICS,
  type Metric,
  type Order,
  PRESETS,
  type ReportQuery,
  type SiteSettings,
  TIME_UNITS,
  type TimeUnit,
  VISIT_FIELDS,
} from "../../../../src/reporting/query/report-query.ts";
import type { Random } from "../../../chaos/random.ts";
import { sampleQuery } from "../sample-query.ts";
import { PROPERTY_NAMES } from "./random-fields.ts";
import { looksAtPage, randomFilter, type Values } from "./random-filter.ts";
import { randomInstant, SCENES, type Scene, windowOf } from "./scenes.ts";

const DAY_MS = 86_400_000;

const OF_WHOLE_VISITS: readonly Metric[] = ["views_per_visit", "bounce_rate", "visit_duration"];
const OF_GOALS: readonly Metric[] = ["conversions", "conversion_rate", "revenue"];
const OTHER_DIMENSIONS: readonly Dimension[] = [
  "event:name",
  "event:page",
  "event:hostname",
  "event:goal",
  "event:prop_names",
  ...PROPERTY_NAMES.map((name) => `event:props:${name}` as const),
  ...VISIT_FIELDS.map((name) => `visit:${name}` as const),
];

export interface AskedSite {
  readonly siteId: string;
  readonly scene: Scene;
  readonly nowMs: number;
  readonly settings: SiteSettings;
  readonly values: Values;
}

/**
 * Returns a question that the engine must answer. Compares no minutes: where clocks go back past midnight, the same local times of
 * another year may be in reverse.
 */
export function randomQuery(random: Random, site: AskedSite): ReportQuery {
  const dateRange = randomRange(random, site);
  const dimensions = randomDimensions(random, dateRange);
  const filter = random.chance(0.5) ? randomFilter(random, site) : undefined;
  const metrics = randomMetrics(random, { dimensions, filter });
  const compare = random.chance(0.3) ? randomComparison(random, site) : undefined;
  return sampleQuery({
    siteId: site.siteId,
    metrics,
    dimensions,
    dateRange,
    ...(random.chance(0.6) ? { timeZone: random.pick(SCENES).timeZone } : {}),
    ...(filter === undefined ? {} : { filter }),
    include: {
      ...(compare === undefined ? {} : { compare }),
      timeLabels: dimensions.some(isTime) && random.chance(0.5),
      totalRows: random.chance(0.5),
    },
    orderBy: random.chance(0.4) ? randomOrder(random, [...metrics, ...dimensions]) : [],
    ...(random.chance(0.3)
      ? { limit: random.integer(1, 20), offset: random.pick([0, 1, random.integer(0, 50)]) }
      : {}),
  });
}

/** Now and then it begins in the future: a series is empty then. */
function randomRange(random: Random, { scene, nowMs }: AskedSite): DateRange {
  if (random.chance(0.3)) return { kind: "preset", preset: random.pick(PRESETS) };
  const [a, b] = [randomInstant(random, scene), randomInstant(random, scene)];
  const latestMs = random.chance(0.1) ? Number.POSITIVE_INFINITY : nowMs - DAY_MS;
  const [fromMs, toMs] = [Math.min(a, b, latestMs), Math.max(a, b) + 1];
  if (random.chance(0.3)) return { kind: "instants", fromMs, toMs };
  return random.chance(0.2)
    ? { kind: "dates", from: scene.date, to: scene.date }
    : { kind: "dates", from: utcDate(fromMs), to: utcDate(toMs) };
}

function randomComparison(
  random: Random,
  { scene, nowMs }: AskedSite,
): ReportQuery["include"]["compare"] {
  const kind = random.pick([...COMPARISONS, "dates" as const]);
  if (kind !== "dates") return { kind };
  const { fromMs, toMs } = windowOf(scene);
  const middleMs = random.integer(fromMs, Math.min(toMs, nowMs - DAY_MS));
  return { kind, from: utcDate(random.integer(fromMs, middleMs)), to: utcDate(middleMs) };
}

function utcDate(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function randomDimensions(random: Random, range: DateRange): readonly Dimension[] {
  const count = random.pick([0, 1, 1, 2]);
  const others = Array.from({ length: count }, () => random.pick(OTHER_DIMENSIONS));
  const time = random.chance(0.5) ? [`time:${randomUnit(random, range)}` as const] : [];
  const dimensions: readonly Dimension[] = [...new Set([...time, ...others])];
  return random.chance(0.5) ? dimensions : dimensions.toReversed();
}

/** Minutes of a year are more rows than a report may have, and hours of a year make the oracle slow. */
function randomUnit(random: Random, range: DateRange): TimeUnit {
  const isShort = range.kind !== "preset" || range.preset === "day" || range.preset === "24h";
  return random.pick(isShort ? TIME_UNITS : TIME_UNITS.slice(2));
}

function randomMetrics(
  random: Random,
  {
    dimensions,
    filter,
  }: Pick<ReportQuery, "dimensions"> & { filter: ReportQuery["filter"] | undefined },
): readonly Metric[] {
  const isByEvents = dimensions.some((dimension) => dimension.startsWith("event:"));
  const hasPage = dimensions.includes("event:page") || looksAtPage(filter);
  const possible = METRICS.filter((metric) => {
    if (OF_WHOLE_VISITS.includes(metric)) return !isByEvents;
    if (metric === "percentage") return dimensions.length > 0;
    return metric !== "time_on_page" || hasPage;
  });
  const chosen = possible.filter((metric) => random.chance(OF_GOALS.includes(metric) ? 0.15 : 0.4));
  const metrics = chosen.length > 0 ? chosen : [random.pick(possible)];
  return random.chance(0.5) ? metrics : metrics.toReversed();
}

function randomOrder(random: Random, columns: readonly (Metric | Dimension)[]): readonly Order[] {
  const by = columns.filter((column) => column !== "revenue" && random.chance(0.5));
  return by.map((column) => ({ by: column, direction: random.pick(["asc", "desc"]) }));
}

function isTime(dimension: Dimension): boolean {
  return dimension.startsWith("time:");
}
