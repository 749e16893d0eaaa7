import { isDeepStrictEqual } from "node:util";
import { Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import type { Sql } from "postgres";
import { connectPostgres } from "../../test/support/connect.ts";
import { indexByTime } from "../load/fill-database.ts";
import type { Dates, ReportQuestion } from "../load/report-questions.ts";

export const BUSIEST_SITE = "site-1.example";

const Results = Type.Object({
  results: Type.Array(
    Type.Object({ dimensions: Type.Array(Type.Unknown()), metrics: Type.Array(Type.Unknown()) }),
  ),
});

export type ReportRows = readonly (readonly unknown[])[];

/** Asks an engine by HTTP for the busiest site. */
export async function askEngine(
  url: string,
  { body }: ReportQuestion,
  { from, to }: Dates,
): Promise<ReportRows> {
  const answer = await fetch(`${url}/query`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      site_id: BUSIEST_SITE,
      date_range: [from, to],
      ...body,
      ...("dimensions" in body && !("timezone" in body) ? { pagination: { limit: 10 } } : {}),
    }),
  });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`Expected a report, got ${text}`);
  const { results } = Value.Parse(Results, JSON.parse(text));
  return results.map(({ dimensions, metrics }) => [...dimensions, ...metrics]);
}

/** Opens a connection with the index and the settings that the statements over raw rows are fastest with. */
export async function openBaseline(url: string): Promise<Sql> {
  const sql = connectPostgres(url, { max: 1, connection: { work_mem: "256MB", jit: "off" } });
  await indexByTime(sql);
  return sql;
}

export async function askSql(
  sql: Sql,
  statement: string,
  { from, to }: Dates,
): Promise<ReportRows> {
  return await sql.unsafe(statement, [BUSIEST_SITE, from, to]).values();
}

/** @throws Error when the sides of a comparison do not answer the same. */
export function requireEqual(what: string, engine: ReportRows, baseline: ReportRows): void {
  if (
    isDeepStrictEqual(
      engine,
      [...baseline].map((row) => [...row]),
    )
  )
    return;
  const sides = [engine, baseline].map((rows) => JSON.stringify(rows).slice(0, 300));
  throw new Error(`${what}: the engine answers ${sides[0]}, and SQL ${sides[1]}`);
}
