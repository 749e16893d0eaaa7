import type { TimeUnit } from "../../../../src/reporting/query/report-query.ts";
import { literal } from "./literal.ts";

/** Returns an expression for the local date, or the local hour or minute with its offset. */
export function timeLabelSql(unit: TimeUnit, at: string, timeZone: string): string {
  const local = localSql(at, timeZone);
  const start = `date_trunc('${unit}', ${local})`;
  if (unit !== "hour" && unit !== "minute") return `to_char(${start}, 'YYYY-MM-DD')`;
  return `to_char(${start}, 'YYYY-MM-DD"T"HH24:MI:SS') || ${offsetSql(at, local)}`;
}

/** Returns an expression for the time that clocks show. */
export function localSql(at: string, timeZone: string): string {
  return `(${at} AT TIME ZONE ${literal(timeZone)})`;
}

function offsetSql(at: string, local: string): string {
  const offset = `(${local} - (${at} AT TIME ZONE 'UTC'))`;
  return `(CASE WHEN ${offset} < interval '0' THEN '-' ELSE '+' END || to_char(CASE WHEN ${offset} < interval '0' THEN -${offset} ELSE ${offset} END, 'HH24:MI'))`;
}
