import { roundedRate } from "../../answer/rounding.ts";
import type { Filter, Goal, Revenue } from "../../query/report-query.ts";
import { EventCount } from "../metrics/event-count.ts";
import type { EventMetric } from "../metrics/event-metric.ts";
import { RevenueMetric, RevenueSums } from "../metrics/revenue.ts";
import type { VisitorCount } from "../metrics/visitor-count.ts";
import { sourcesOf } from "../rows/plan-rows.ts";
import { asks, countVisitors, type EventParts, maskOf } from "./event-parts.ts";
import { EventStream } from "./event-stream.ts";
import type { Side } from "./side.ts";

/**
 * Counts the events that pass a goal: each once, or in the row of each of its goals where the goal is a dimension.
 *
 * @param others metrics that count the same events.
 */
export function addConversions(side: Side, parts: EventParts, others: EventMetric[] = []): void {
  const { goals, dimensions } = parts.plan;
  const conversions = new EventCount();
  const metrics = [...others, conversions];
  side.values.set("conversions", (row) => conversions.of(row));
  if (asks(parts, "conversion_rate")) {
    const converted = side.finishing(countVisitors(parts));
    metrics.push(converted);
    addRate(side, parts, converted);
  }
  const counted = dimensions.includes("event:goal")
    ? goals.map((goal, at) => ({ goals: [goal], at }))
    : [{ goals, at: 0 }];
  for (const each of counted) side.streams.push(goalStream(parts, { ...each, metrics }));
  if (asks(parts, "revenue")) addRevenue(side, parts, counted);
}

/** Divides by the visitors of the row, without its goal and the filters by goal. */
function addRate(side: Side, parts: EventParts, converted: VisitorCount): void {
  const { plan, context, otherKeys } = parts;
  const dimensions = plan.dimensions.filter((dimension) => dimension !== "event:goal");
  const goalAt = plan.dimensions.indexOf("event:goal");
  const visitors = side.finishing(countVisitors(parts));
  side.streams.push(
    new EventStream({
      mask: maskOf([plan.filterBesideGoals], context),
      keys: otherKeys,
      sources: sourcesOf(dimensions, context),
      metrics: [visitors],
    }),
  );
  side.visitorsOf.set("conversion_rate", visitors);
  side.values.set("conversion_rate", (row, idsOf) => {
    const ids = idsOf().filter((_, at) => at !== goalAt);
    return roundedRate(converted.of(row), visitors.of(otherKeys.find(ids)));
  });
}

function addRevenue(side: Side, parts: EventParts, counted: readonly CountedGoals[]): void {
  const { fields } = parts.context;
  const sums = new RevenueSums(fields.derivedIds("currency"));
  side.values.set("revenue", (row) => sums.of(row));
  for (const { goals, at } of counted) {
    for (const [revenue, paid] of byRevenue(goals)) {
      const metrics = [new RevenueMetric(revenue, fields, sums)];
      side.streams.push(goalStream(parts, { goals: paid, at, metrics }));
    }
  }
}

interface CountedGoals {
  readonly goals: readonly Goal[];
  /** The place of the goal, where it is a dimension. */
  readonly at: number;
}

function goalStream(
  { plan, context, keys }: EventParts,
  { goals, at, metrics }: CountedGoals & { metrics: EventMetric[] },
): EventStream {
  const any: Filter = { kind: "or", filters: goals.map(({ filter }) => filter) };
  const sources = sourcesOf(plan.dimensions, context, at);
  return new EventStream({ mask: maskOf([plan.filter, any], context), keys, sources, metrics });
}

/** An event that passes several goals with one amount is paid once. */
function byRevenue(goals: readonly Goal[]): Iterable<readonly [Revenue, Goal[]]> {
  const found = new Map<string, [Revenue, Goal[]]>();
  for (const goal of goals) {
    if (goal.revenue === undefined) continue;
    const { amountProperty, currency } = goal.revenue;
    const key = JSON.stringify([amountProperty, currency]);
    const [revenue, others] = found.get(key) ?? [goal.revenue, []];
    found.set(key, [revenue, [...others, goal]]);
  }
  return found.values();
}
