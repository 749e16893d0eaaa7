import { channelOf } from "../../../src/reporting/query/acquisition/channel.ts";
import { sourceOf } from "../../../src/reporting/query/acquisition/source.ts";
import type {
  Dimension,
  Filter,
  MatchFilter,
  Metric,
  ReportPlan,
  TimeBuckets,
  TimeRange,
} from "../../../src/reporting/query/report-query.ts";
import type { PlainEvent } from "./plain-event.ts";

/** A report, computed from issue 18's text over plain objects, as simply as possible. */
export interface NaiveRow {
  readonly dimensions: readonly (string | null)[];
  readonly metrics: readonly unknown[];
}

const GAP_MS = 30 * 60_000;
const VISIT_METRICS = ["visits", "bounce_rate", "visit_duration", "views_per_visit"];
const ACQUIRED = [
  "referrer",
  "utm_source",
  "utm_medium",
  "utm_campaign",
  "utm_term",
  "utm_content",
];
const OWN = ["country", "device", "browser", "os", "screen", "language"];

type Visit = PlainEvent[];
interface Seen {
  readonly event: PlainEvent;
  readonly visit: Visit | undefined;
}
type Read = (seen: Seen, dimension: string) => string | null;

export function naiveReport(
  events: readonly PlainEvent[],
  plan: ReportPlan,
  { range, buckets }: { range: TimeRange; buckets: TimeBuckets | undefined } = {
    range: plan.range,
    buckets: plan.buckets,
  },
): NaiveRow[] {
  const seen = findVisits(events);
  const labelAt = (ms: number): string | null | undefined => {
    if (ms < range.fromMs || ms >= range.toMs) return undefined;
    if (range.gaps.some(({ fromMs, toMs }) => ms >= fromMs && ms < toMs)) return undefined;
    if (buckets === undefined) return "";
    const piece = buckets.starts.filter((start) => start <= ms).length - 1;
    const row = buckets.rows[piece] ?? -1;
    return row < 0 ? undefined : buckets.labels[row];
  };
  const inRange = seen.filter(({ event }) => labelAt(event.at) !== undefined);
  const begunInRange = seen.filter(
    ({ visit }) => visit?.[0] !== undefined && labelAt(visit[0].at) !== undefined,
  );
  const others = plan.dimensions.filter((dimension) => dimension !== "event:goal");

  /** The rows of one event, one a goal. */
  const keysOf = (
    each: Seen,
    read: Read,
    at: number,
    dimensions: readonly Dimension[],
  ): string[] => {
    const goals = dimensions.includes("event:goal")
      ? plan.goals.filter(({ filter }) => passes(filter, each, read)).map(({ name }) => name)
      : [""];
    return goals.map((goal) =>
      JSON.stringify(
        dimensions.map((dimension) => {
          if (dimension === "event:goal") return goal;
          return dimension.startsWith("time:") ? labelAt(at) : read(each, dimension);
        }),
      ),
    );
  };
  const eventRows = (
    filter: Filter | undefined,
    dimensions: readonly Dimension[],
  ): Map<string, Seen[]> => {
    const rows = new Map<string, Seen[]>();
    for (const each of inRange) {
      if (filter !== undefined && !passes(filter, each, readOfEvent)) continue;
      for (const key of keysOf(each, readOfEvent, each.event.at, dimensions)) {
        rows.set(key, [...(rows.get(key) ?? []), each]);
      }
    }
    return rows;
  };
  const visitRows = new Map<string, Set<Visit>>();
  for (const each of begunInRange) {
    if (plan.filter !== undefined && !passes(plan.filter, each, readOfVisit)) continue;
    for (const key of keysOf(each, readOfVisit, each.visit?.[0]?.at ?? 0, plan.dimensions)) {
      visitRows.set(key, (visitRows.get(key) ?? new Set()).add(each.visit ?? []));
    }
  }
  const rows = eventRows(plan.filter, plan.dimensions);
  const besideGoals = eventRows(plan.filterBesideGoals, others);
  const all = eventRows(plan.filter, []).get("[]") ?? [];

  const visitorsOf = (list: readonly Seen[]) =>
    new Set(
      list.map(({ event }) =>
        event.visitor === "daily"
          ? `${event.user}\n${localDate(event.at, plan.timeZone)}`
          : event.user,
      ),
    ).size;
  const isConversion = (each: Seen) =>
    plan.goals.some(({ filter }) => passes(filter, each, readOfEvent));
  const isPageView = (event: PlainEvent) => plan.pageViewTypes.has(event.event_type);

  const valueOf = (metric: Metric, key: string): unknown => {
    const list = rows.get(key) ?? [];
    const visits = [...(visitRows.get(key) ?? [])];
    switch (metric) {
      case "events":
        return list.length;
      case "pageviews":
        return list.filter(({ event }) => isPageView(event)).length;
      case "visitors":
        return visitorsOf(list);
      case "percentage":
        return rounded(100 * visitorsOf(list), visitorsOf(all), 2);
      case "conversions":
        return list.filter(isConversion).length;
      case "conversion_rate": {
        const ids: unknown[] = JSON.parse(key);
        const other = JSON.stringify(ids.filter((_, at) => plan.dimensions[at] !== "event:goal"));
        return rounded(
          100 * visitorsOf(list.filter(isConversion)),
          visitorsOf(besideGoals.get(other) ?? []),
          2,
        );
      }
      case "time_on_page": {
        const engaged = list.filter(
          ({ event, visit }) => visit !== undefined && event.engaged_ms !== undefined,
        );
        const pages = Map.groupBy(engaged, ({ visit }) => visit);
        const count = [...pages.values()].flatMap((inVisit) => [
          ...new Set(inVisit.map(({ event }) => event.path)),
        ]).length;
        return rounded(sum(engaged.map(({ event }) => event.engaged_ms ?? 0)), 1_000 * count, 0);
      }
      case "revenue":
        return revenueOf(list, ids(key));
      case "visits":
        return visits.length;
      case "bounce_rate":
        return rounded(
          100 * visits.filter((visit) => interactions(visit).length === 1).length,
          visits.length,
          2,
        );
      case "views_per_visit":
        return rounded(
          sum(visits.map((visit) => visit.filter(isPageView).length)),
          visits.length,
          2,
        );
      case "visit_duration":
        return rounded(
          sum(visits.map((visit) => (visit.at(-1)?.at ?? 0) - (visit[0]?.at ?? 0))),
          1_000 * visits.length,
          0,
        );
    }
  };
  const ids = (key: string): (string | null)[] => JSON.parse(key);
  const revenueOf = (list: readonly Seen[], row: readonly (string | null)[]) => {
    const goalAt = plan.dimensions.indexOf("event:goal");
    const goals = plan.goals.filter(({ name }) => goalAt < 0 || name === row[goalAt]);
    const amounts = list.flatMap((each) => {
      const paid = goals.filter(
        ({ filter, revenue }) => revenue !== undefined && passes(filter, each, readOfEvent),
      );
      const ways = new Set(paid.map(({ revenue }) => JSON.stringify(revenue)));
      return [...ways].flatMap((way) => {
        const { amountProperty, currency } = JSON.parse(way);
        const amount = property(each.event, amountProperty);
        const code = currency.code ?? property(each.event, currency.property);
        return amount !== null && /^-?\d+(\.\d+)?$/.test(amount) && code !== null
          ? [{ amount, code }]
          : [];
      });
    });
    return [...Map.groupBy(amounts, ({ code }) => String(code))]
      .toSorted(([left], [right]) => Buffer.compare(Buffer.from(left), Buffer.from(right)))
      .map(([currency, each]) => ({
        currency,
        value: decimalSum(each.map(({ amount }) => amount)),
      }));
  };

  const isOfEvents = plan.metrics.some((metric) => !VISIT_METRICS.includes(metric));
  const isOfVisits = plan.metrics.some((metric) => VISIT_METRICS.includes(metric));
  const keys = new Set([
    ...(plan.dimensions.length === 0 ? ["[]"] : []),
    ...(isOfEvents ? rows.keys() : []),
    ...(isOfVisits ? visitRows.keys() : []),
  ]);
  return [...keys].map((key) => ({
    dimensions: ids(key),
    metrics: plan.metrics.map((metric) => valueOf(metric, key)),
  }));
}

function findVisits(events: readonly PlainEvent[]): Seen[] {
  const inOrder = events.toSorted((left, right) => left.at - right.at);
  const last = new Map<string, Visit>();
  return inOrder.map((event) => {
    let visit = last.get(event.user);
    const isWithin = visit !== undefined && event.at - (visit.at(-1)?.at ?? 0) <= GAP_MS;
    if (!isWithin) visit = undefined;
    if (visit !== undefined) visit.push(event);
    else if (event.event_type !== "engagement") {
      visit = [event];
      last.set(event.user, visit);
    }
    return { event, visit };
  });
}

function interactions(visit: Visit): Visit {
  return visit.filter(({ event_type }) => event_type !== "engagement");
}

const readOfEvent: Read = ({ event, visit }, dimension) => {
  const name = dimension.replace(/^(event|visit):/, "");
  if (dimension.startsWith("event:props:"))
    return property(event, dimension.slice("event:props:".length));
  if (name === "prop_names") {
    const names = Object.keys(event.properties ?? {});
    return names.length === 0 ? null : JSON.stringify(names);
  }
  if (name === "name") return event.event_type;
  if (name === "page") return event.path;
  if (dimension.startsWith("event:") || OWN.includes(name)) return fieldOf(event, name);
  if (visit === undefined) return null;
  if (name === "entry_page") return interactions(visit)[0]?.path ?? null;
  if (name === "exit_page") return interactions(visit).at(-1)?.path ?? null;
  const first = visit.find((each) => ACQUIRED.some((column) => fieldOf(each, column) !== null));
  if (ACQUIRED.includes(name)) return first === undefined ? null : fieldOf(first, name);
  const text = (column: string) => (first === undefined ? null : fieldOf(first, column));
  const utmSource = text("utm_source");
  const source = sourceOf({ referrer: text("referrer"), hostname: text("hostname"), utmSource });
  if (name === "source") return source;
  return channelOf({
    source,
    utmSource,
    utmMedium: text("utm_medium"),
    utmCampaign: text("utm_campaign"),
  });
};

const readOfVisit: Read = (seen, dimension) => {
  const name = dimension.replace("visit:", "");
  if (!dimension.startsWith("visit:") || !OWN.includes(name)) return readOfEvent(seen, dimension);
  const values = (seen.visit ?? []).map((event) => fieldOf(event, name));
  return values.find((value) => value !== null) ?? null;
};

function fieldOf(event: PlainEvent, name: string): string | null {
  const texts = Object.entries(event).filter(([, value]) => typeof value === "string");
  const text: unknown = texts.find(([key]) => key === name)?.[1];
  return typeof text === "string" && text !== "" ? text : null;
}

function localDate(ms: number, timeZone: string): string {
  const local = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone);
  return local.toPlainDate().toString();
}

function property(event: PlainEvent, key: string): string | null {
  const json = event.properties?.[key];
  if (json === undefined || json === "null" || json === '""') return null;
  return json.startsWith('"') ? String(JSON.parse(json)) : json;
}

function passes(filter: Filter, seen: Seen, read: Read): boolean {
  switch (filter.kind) {
    case "and":
      return filter.filters.every((each) => passes(each, seen, read));
    case "or":
      return filter.filters.some((each) => passes(each, seen, read));
    case "not":
      return !passes(filter.filter, seen, read);
    case "has_done":
      return hasDone(filter.filter, seen, read);
    case "has_not_done":
      return !hasDone(filter.filter, seen, read);
    case "match":
      return matches(filter, read(seen, filter.dimension));
    case "segment":
      throw new Error("none in a plan");
  }
}

function hasDone(filter: Filter, { visit }: Seen, read: Read): boolean {
  return visit?.some((event) => passes(filter, { event, visit }, read)) === true;
}

function matches({ operator, values }: MatchFilter, value: string | null): boolean {
  switch (operator) {
    case "is":
      return values.some((each) => (each === "" ? null : each) === value);
    case "is_not":
      return !values.some((each) => (each === "" ? null : each) === value);
    case "contains":
      return values.some((each) => value?.includes(each ?? "") === true);
    case "contains_not":
      return !values.some((each) => value?.includes(each ?? "") === true);
    case "matches_glob":
    case "matches_glob_not":
      throw new Error("globs are tested on their own");
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Half up. */
function rounded(numerator: number, denominator: number, decimals: number): number | null {
  if (denominator === 0) return null;
  const scale = 10 ** decimals;
  const [units, by] = [BigInt(numerator) * BigInt(scale), BigInt(denominator)];
  return Number((2n * units + by) / (2n * by)) / scale;
}

function decimalSum(amounts: readonly string[]): string {
  const scale = Math.max(...amounts.map((amount) => amount.split(".")[1]?.length ?? 0));
  const units = amounts.map((amount) => {
    const [whole = "", fraction = ""] = amount.split(".");
    return BigInt(whole + fraction.padEnd(scale, "0"));
  });
  const total = units.reduce((left, right) => left + right, 0n);
  const digits = String(total < 0n ? -total : total).padStart(scale + 1, "0");
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  return total < 0n ? `-${text}` : text;
}
