import type { Sql } from "postgres";
import type {
  Comparison,
  DateRange,
  DatesRange,
  ReportQuery,
} from "../../../../src/reporting/query/report-query.ts";
import { literal } from "./literal.ts";
import { localSql } from "./time-sql.ts";

/** Local dates, both inclusive, or instants, the last exclusive. Nothing from `endMs` on belongs to it. */
export type TimeSpan = (DatesRange | Extract<DateRange, { kind: "instants" }>) & {
  readonly endMs?: number;
};

export interface SpanContext {
  readonly sql: Sql;
  readonly timeZone: string;
  readonly nowMs: number;
}

const DAY_MS = 86_400_000;

const INSTANTS = `
  SELECT at FROM oracle_events
  UNION ALL
  SELECT unnest(ARRAY[day, day + interval '23:59:59.999'])
  FROM oracle_lost_days, LATERAL (SELECT date::timestamp AT TIME ZONE 'UTC' AS day) AS lost
  WHERE NOT EXISTS (SELECT FROM oracle_events WHERE (at AT TIME ZONE 'UTC')::date = date)`;

/** Returns the condition that an instant lies in a span. */
export function inSpanSql(span: TimeSpan, at: string, timeZone: string): string {
  const end = span.endMs === undefined ? "" : ` AND ${at} < ${instant(span.endMs)}`;
  if (span.kind === "instants") {
    return `(${at} >= ${instant(span.fromMs)} AND ${at} < ${instant(span.toMs)}${end})`;
  }
  const date = `${localSql(at, timeZone)}::date`;
  return `(${date} BETWEEN ${literal(span.from)}::date AND ${literal(span.to)}::date${end})`;
}

export function instant(ms: number): string {
  return `${literal(new Date(ms).toISOString())}::timestamptz`;
}

/** Returns the dates or instants that a range means now. */
export async function spanOf(range: DateRange, context: SpanContext): Promise<TimeSpan> {
  if (range.kind !== "preset") return range;
  const { nowMs } = context;
  const today = (await localText(nowMs, context)).slice(0, 10);
  const days = (count: number) => dates(plusDays(today, -count), plusDays(today, -1));
  const months = (count: number) =>
    dates(plusMonths(monthOf(today), -count), plusDays(monthOf(today), -1));
  switch (range.preset) {
    case "day":
      return dates(today, today);
    case "24h":
      return { kind: "instants", fromMs: nowMs - DAY_MS, toMs: nowMs };
    case "7d":
    case "28d":
    case "30d":
    case "91d":
      return days(Number.parseInt(range.preset, 10));
    case "6mo":
    case "12mo":
      return months(Number.parseInt(range.preset, 10));
    case "month":
      return dates(monthOf(today), plusDays(plusMonths(monthOf(today), 1), -1));
    case "year":
      return dates(`${today.slice(0, 4)}-01-01`, `${today.slice(0, 4)}-12-31`);
    case "all":
      return await everything(today, context);
  }
}

/**
 * Returns what the span is compared with. A span that contains now is compared up to the same local time; the previous period
 * has as many local days as it has had until now.
 */
export async function comparedSpan(
  query: ReportQuery,
  span: TimeSpan,
  context: SpanContext,
): Promise<TimeSpan | undefined> {
  const { compare } = query.include;
  if (compare === undefined) return undefined;
  return span.kind === "dates"
    ? await comparedDates(compare, span, context)
    : await comparedInstants(compare, span, context);
}

async function comparedDates(
  compare: Comparison,
  { from, to }: DatesRange,
  context: SpanContext,
): Promise<TimeSpan> {
  const now = await localText(context.nowMs, context);
  const today = now.slice(0, 10);
  const isRunning = from <= today && today <= to;
  const last = isRunning ? today : to;
  const move = (date: string) => {
    if (compare.kind === "dates") return plusDays(compare.from, daysFrom(from, date));
    if (compare.kind === "year_over_year") return plusMonths(date, -12);
    return plusDays(date, -lengthOf(compare, daysFrom(from, last) + 1));
  };
  const compared = compare.kind === "dates" ? compare : dates(move(from), move(last));
  if (!isRunning) return compared;
  return { ...compared, endMs: await instantOf(`${move(today)}${now.slice(10)}`, context) };
}

/** Whole weeks for the same weekdays. */
function lengthOf({ kind }: Comparison, days: number): number {
  const extra = kind === "same_weekdays" ? (7 - (days % 7)) % 7 : 0;
  return days + extra;
}

async function comparedInstants(
  compare: Comparison,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  context: SpanContext,
): Promise<TimeSpan> {
  const { nowMs } = context;
  const isRunning = fromMs <= nowMs && nowMs < toMs;
  if (compare.kind === "dates") {
    if (!isRunning) return compare;
    const now = await localText(nowMs, context);
    const from = (await localText(fromMs, context)).slice(0, 10);
    const today = plusDays(compare.from, daysFrom(from, now.slice(0, 10)));
    return { ...compare, endMs: await instantOf(`${today}${now.slice(10)}`, context) };
  }
  const endMs = isRunning ? nowMs : toMs;
  const days = Math.ceil((endMs - fromMs) / DAY_MS);
  const move = async (ms: number) => {
    const local = await localText(ms, context);
    const date = local.slice(0, 10);
    const moved =
      compare.kind === "year_over_year"
        ? plusMonths(date, -12)
        : plusDays(date, -lengthOf(compare, days));
    return await instantOf(`${moved}${local.slice(10)}`, context);
  };
  return { kind: "instants", fromMs: await move(fromMs), toMs: await move(endMs) };
}

/** Of a UTC day that has lost all of its events, the whole day counts. */
async function everything(today: string, { sql, timeZone }: SpanContext): Promise<TimeSpan> {
  const date = (at: string) => `to_char(${localSql(at, timeZone)}, 'YYYY-MM-DD')`;
  const [row] = await sql.unsafe(
    `SELECT ${date("min(at)")} AS first, ${date("max(at)")} AS last FROM (${INSTANTS}) AS instants`,
  );
  const last: string = row?.["last"] ?? today;
  return dates(row?.["first"] ?? today, last > today ? last : today);
}

async function localText(ms: number, { sql, timeZone }: SpanContext): Promise<string> {
  const [row] = await sql.unsafe(
    `SELECT to_char(${localSql(instant(ms), timeZone)}, 'YYYY-MM-DD HH24:MI:SS.MS') AS local`,
  );
  return row?.["local"];
}

/** The first of two instants with the same local time. A skipped one is as much later as clocks went forward. */
async function instantOf(local: string, { sql, timeZone }: SpanContext): Promise<number> {
  const at = `(${literal(local)}::timestamp AT TIME ZONE ${literal(timeZone)})`;
  const [row] = await sql.unsafe(`
    SELECT (extract(epoch FROM coalesce(min(candidate), ${at})) * 1000)::float8 AS ms
    FROM generate_series(${at} - interval '3 hours', ${at} + interval '3 hours', '15 minutes') candidate
    WHERE ${localSql("candidate", timeZone)} = ${literal(local)}::timestamp`);
  return row?.["ms"];
}

function dates(from: string, to: string): DatesRange {
  return { kind: "dates", from, to };
}

function monthOf(date: string): string {
  return `${date.slice(0, 7)}-01`;
}

function plusDays(date: string, days: number): string {
  return new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10);
}

function daysFrom(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / DAY_MS;
}

/** The last day of the month where the month is too short. */
function plusMonths(date: string, months: number): string {
  const first = new Date(`${monthOf(date)}T00:00:00Z`);
  first.setUTCMonth(first.getUTCMonth() + months);
  const month = first.toISOString().slice(0, 7);
  const lastDay = new Date(
    Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0),
  ).getUTCDate();
  return `${month}-${String(Math.min(Number(date.slice(8)), lastDay)).padStart(2, "0")}`;
}
