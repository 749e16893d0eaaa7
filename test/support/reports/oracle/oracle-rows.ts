import type { Sql } from "postgres";
import {
  type Dimension,
  type Filter,
  type Goal,
  type MatchFilter,
  type Metric,
  type ReportQuery,
  type SiteSettings,
  TIME_UNITS,
  type TimeUnit,
} from "../../../../src/reporting/query/report-query.ts";
import { dimensionSql, type Scope } from "./dimension-sql.ts";
import { allOf, anyOf, filterSql, goalsOf } from "./filter-sql.ts";
import { literal, textArray } from "./literal.ts";
import { inSpanSql, instant, type TimeSpan } from "./time-span.ts";
import { localSql, timeLabelSql } from "./time-sql.ts";

/** What the statements of one question need. */
export interface Asked {
  readonly sql: Sql;
  readonly query: ReportQuery;
  readonly settings: SiteSettings;
  readonly timeZone: string;
  readonly nowMs: number;
  readonly span: TimeSpan;
}

export type Row = Readonly<Record<string, unknown>>;

const EVENT: Scope = { event: "e", visit: "v", of: "event" };
const VISIT: Scope = { event: "e", visit: "v", of: "visit" };

const OF_EVENTS = "oracle_events e LEFT JOIN oracle_visits v USING (visit)";

/** Returns the sums over events in the span, by the dimensions. */
export async function eventRows(asked: Asked, dimensions: readonly Dimension[]): Promise<Row[]> {
  const types = textArray(asked.settings.pageViewTypes);
  const converts = dimensions.includes("event:goal") ? "true" : isConversion(asked);
  return await asked.sql.unsafe(`
    SELECT ${selected(dimensions)}
      count(*)::int AS events, count(DISTINCT visitor)::int AS visitors,
      count(*) FILTER (WHERE name = ANY (${types}))::int AS pageviews,
      count(*) FILTER (WHERE converts)::int AS conversions,
      count(DISTINCT visitor) FILTER (WHERE converts)::int AS converted,
      round(sum(engaged_ms) FILTER (WHERE visit IS NOT NULL)
        / (1000.0 * count(DISTINCT (visit, page)) FILTER (WHERE visit IS NOT NULL AND engaged_ms IS NOT NULL)))::int AS time_on_page
    FROM (
      SELECT ${keys(asked, dimensions, EVENT, "e.at")}
        e.visit, e.name, e.page, e.engaged_ms, ${visitor(asked)} AS visitor, ${converts} AS converts
      FROM ${OF_EVENTS} ${goalsJoin(asked, dimensions, EVENT)}
      WHERE ${passes(asked, EVENT, "e.at")}
    ) passing ${grouped(dimensions)}`);
}

/** Returns the distinct users of the events that pass the filters beside those by goal. */
export async function visitorRows(asked: Asked, dimensions: readonly Dimension[]): Promise<Row[]> {
  const filter = besideGoals(asked.query.filter);
  const isIn = allOf([isInRow(asked, "e.at"), ...filterParts(filter, EVENT, asked.settings)]);
  return await asked.sql.unsafe(`
    SELECT ${selected(dimensions)} count(DISTINCT visitor)::int AS visitors FROM (
      SELECT ${keys(asked, dimensions, EVENT, "e.at")} ${visitor(asked)} AS visitor FROM ${OF_EVENTS} WHERE ${isIn}
    ) passing ${grouped(dimensions)}`);
}

/** Returns on how many local dates there are daily ids among the events that a metric counts or divides by. */
export async function datesOfDailyIds(asked: Asked, metric: Metric): Promise<number> {
  const { query, settings, timeZone } = asked;
  const join = metric === "visitors" ? goalsJoin(asked, query.dimensions, EVENT) : "";
  const isIn =
    metric === "conversion_rate"
      ? allOf([isInRow(asked, "e.at"), ...filterParts(besideGoals(query.filter), EVENT, settings)])
      : passes(asked, EVENT, "e.at");
  const [row] = await asked.sql.unsafe(`
    SELECT count(DISTINCT ${localSql("e.at", timeZone)}::date)::int AS dates
    FROM ${OF_EVENTS} ${join} WHERE e.visitor = 'daily' AND ${isIn}`);
  return Number(row?.["dates"]);
}

/** Returns the sums over whole visits that begin in the span and have an event that passes. */
export async function visitRows(asked: Asked, dimensions: readonly Dimension[]): Promise<Row[]> {
  const types = textArray(asked.settings.pageViewTypes);
  return await asked.sql.unsafe(`
    SELECT ${selected(dimensions)} count(*)::int AS visits,
      round(100.0 * count(*) FILTER (WHERE is_bounce) / nullif(count(*), 0), 2)::float8 AS bounce_rate,
      round(avg(extract(epoch FROM ended_at - began_at)))::int AS visit_duration,
      round(sum(views)::numeric / nullif(count(*), 0), 2)::float8 AS views_per_visit
    FROM (
      SELECT DISTINCT ${keys(asked, dimensions, VISIT, "v.began_at")} v.visit, v.began_at, v.ended_at, v.is_bounce,
        (SELECT count(*) FROM oracle_events o WHERE o.visit = v.visit AND o.name = ANY (${types})) AS views
      FROM oracle_visits v JOIN oracle_events e USING (visit) ${goalsJoin(asked, dimensions, VISIT)}
      WHERE ${passes(asked, VISIT, "v.began_at")}
    ) begun ${grouped(dimensions)}`);
}

/** Returns the sum of each currency. Without a row for each goal, an amount counts once however many goals name it. */
export async function revenueRows(asked: Asked, dimensions: readonly Dimension[]): Promise<Row[]> {
  const hasGoals = dimensions.includes("event:goal");
  const rules = namedGoals(asked).flatMap(({ name, filter, revenue }) => {
    if (revenue === undefined) return [];
    const amount = `e.properties ->> ${literal(revenue.amountProperty)}`;
    const currency =
      "code" in revenue.currency
        ? literal(revenue.currency.code)
        : `e.properties ->> ${literal(revenue.currency.property)}`;
    const condition = filterSql(filter, EVENT, asked.settings);
    return [`(${literal(name)}, ${amount}, ${currency}, ${condition})`];
  });
  if (rules.length === 0) return [];
  const label = hasGoals ? "revenue.goal" : "''";
  return await asked.sql.unsafe(`
    SELECT ${selected(dimensions)} currency, sum(amount::numeric)::text AS amount FROM (
      SELECT DISTINCT ${keys(asked, dimensions, EVENT, "e.at", "revenue.goal")} e.event_id, ${label} AS of_goal, amount, currency
      FROM ${OF_EVENTS} CROSS JOIN LATERAL (VALUES ${rules.join(", ")}) revenue (goal, amount, currency, converts)
      WHERE converts AND amount ~ '^-?[0-9]+(\\.[0-9]+)?$' AND currency <> '' AND ${passes(asked, EVENT, "e.at")}
    ) amounts GROUP BY ${[...dimensions.map((_, place) => place + 1), "currency"].join(", ")}`);
}

/** Returns the goals that the question is about. */
export function namedGoals({ query, settings }: Asked): readonly Goal[] {
  const named = topLevel(query.filter).filter(isByGoal);
  return named.reduce<readonly Goal[]>((goals, filter) => {
    const names = goalsOf(filter, settings).map(({ name }) => name);
    return goals.filter(({ name }) => names.includes(name));
  }, settings.goals);
}

function selected(dimensions: readonly Dimension[]): string {
  return dimensions.map((_, place) => `d${place}, `).join("");
}

function grouped(dimensions: readonly Dimension[]): string {
  if (dimensions.length === 0) return "";
  return `GROUP BY ${dimensions.map((_, place) => `d${place}`).join(", ")}`;
}

function keys(
  { timeZone }: Asked,
  dimensions: readonly Dimension[],
  scope: Scope,
  ...[at, goal = "goals.name"]: [at: string, goal?: string]
): string {
  const expressions = dimensions.map((dimension) => {
    if (dimension === "event:goal") return goal;
    const unit = unitOf(dimension);
    if (unit !== undefined) return timeLabelSql(unit, at, timeZone);
    return dimensionSql(dimension, scope);
  });
  return expressions.map((expression, place) => `${expression} AS d${place}, `).join("");
}

/** A daily id stands for one visitor a day. */
function visitor({ timeZone }: Asked): string {
  const date = `${localSql("e.at", timeZone)}::date`;
  return `(e.user_id, CASE WHEN e.visitor = 'daily' THEN ${date} END)`;
}

export function unitOf(dimension: Dimension): TimeUnit | undefined {
  return TIME_UNITS.find((unit) => dimension === `time:${unit}`);
}

/** A row for each goal that an event passes. */
function goalsJoin(asked: Asked, dimensions: readonly Dimension[], scope: Scope): string {
  if (!dimensions.includes("event:goal")) return "";
  const goals = namedGoals(asked).map(
    ({ name, filter }) => `(${literal(name)}, ${filterSql(filter, scope, asked.settings)})`,
  );
  const values = goals.length === 0 ? "('', false)" : goals.join(", ");
  return `JOIN LATERAL (VALUES ${values}) goals (name, converts) ON goals.converts`;
}

function isConversion(asked: Asked): string {
  return anyOf(namedGoals(asked).map(({ filter }) => filterSql(filter, EVENT, asked.settings)));
}

function passes(asked: Asked, scope: Scope, at: string): string {
  return allOf([isInRow(asked, at), ...filterParts(asked.query.filter, scope, asked.settings)]);
}

/** A series ends with the label that contains now. */
function isInRow({ query, span, timeZone, nowMs }: Asked, at: string): string {
  const inSpan = inSpanSql(span, at, timeZone);
  const unit = query.dimensions.map(unitOf).find((found) => found !== undefined);
  if (unit === undefined) return inSpan;
  const labelAt = (instantSql: string) => timeLabelSql(unit, instantSql, timeZone);
  const now = instant(nowMs);
  return `${inSpan} AND (${at} <= ${now} OR ${labelAt(at)} = ${labelAt(now)})`;
}

function filterParts(
  filter: Filter | undefined,
  scope: Scope,
  settings: SiteSettings,
): readonly string[] {
  return filter === undefined ? [] : [filterSql(filter, scope, settings)];
}

function topLevel(filter: Filter | undefined): readonly Filter[] {
  if (filter === undefined) return [];
  return filter.kind === "and" ? filter.filters : [filter];
}

function besideGoals(filter: Filter | undefined): Filter {
  return { kind: "and", filters: topLevel(filter).filter((part) => !isByGoal(part)) };
}

function isByGoal(filter: Filter): filter is MatchFilter {
  return filter.kind === "match" && filter.dimension === "event:goal";
}
