import type { Sql } from "postgres";
import type { Filter, Goal, SiteSettings } from "../../../src/reporting/query/report-query.ts";
import type { Api } from "../api-client.ts";
import { askReport } from "../ask-report.ts";
import type { AskedReport, EngineAnswer } from "./check-report.ts";
import { answerOf, type JsonAnswer } from "./json-answer.ts";
import { filtersBody, queryBody } from "./query-body.ts";
import type { TestedEngine } from "./report-stage.ts";

/** Asks a running engine, which packs on its own, too. */
export function httpEngine(
  api: Api,
  sql: Sql,
  packing: Pick<TestedEngine, "pack" | "merge" | "prune">,
): TestedEngine {
  return {
    async ask({ query }: AskedReport): Promise<EngineAnswer> {
      const { status, body } = await askReport(api, { site_id: query.siteId, ...queryBody(query) });
      if (status !== 200) throw new Error(JSON.stringify(body));
      const json = body as unknown as JsonAnswer;
      return { answer: answerOf(json), nowMs: Date.parse(json.meta.as_of) };
    },
    prepare: async (siteId, settings) => await storeSettings(sql, siteId, settings),
    pack: async (siteId, limits) => await packing.pack(siteId, limits),
    merge: async (siteId) => await packing.merge(siteId),
    prune: async (before) => await packing.prune(before),
  };
}

async function storeSettings(
  sql: Sql,
  siteId: string,
  { timeZone, pageViewTypes, goals, segments }: SiteSettings,
): Promise<void> {
  const json = (value: unknown) => sql`${JSON.stringify(value)}::text::jsonb`;
  await sql`
    INSERT INTO sites (site_id, name, time_zone, page_view_types)
    VALUES (${siteId}, ${siteId}, ${timeZone}, ${[...pageViewTypes]})`;
  for (const goal of goals) {
    await sql`INSERT INTO site_goals VALUES (${siteId}, ${goal.name}, ${json(goalBody(goal))})`;
  }
  for (const { name, filter } of segments) {
    const definition = { filters: filtersBody(filter) };
    await sql`INSERT INTO site_segments VALUES (${siteId}, ${name}, ${json(definition)})`;
  }
}

function goalBody({ filter, revenue }: Goal): {
  readonly filters: readonly unknown[];
  readonly revenue?: object;
} {
  const filters = filtersBody(filter satisfies Filter);
  if (revenue === undefined) return { filters };
  const { amountProperty: property, currency } = revenue;
  const of =
    "code" in currency ? { currency: currency.code } : { currency_property: currency.property };
  return { filters, revenue: { property, ...of } };
}
