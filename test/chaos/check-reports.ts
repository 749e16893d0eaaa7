import postgres from "postgres";
import type { SiteSettings } from "../../src/reporting/query/report-query.ts";
import { askReport } from "../support/ask-report.ts";
import { areEqual } from "../support/reports/check-report.ts";
import { answerOf, type JsonAnswer } from "../support/reports/json-answer.ts";
import { askOracle, judgeSite } from "../support/reports/oracle/ask-oracle.ts";
import { queryBody } from "../support/reports/query-body.ts";
import { sampleQuery } from "../support/reports/sample-query.ts";
import type { History } from "./history.ts";
import type { World } from "./world.ts";

const SETTINGS: SiteSettings = {
  timeZone: "UTC",
  pageViewTypes: ["page_view", "pageview"],
  goals: [],
  segments: [],
};

/** Compares `POST /query` with SQL over the raw rows of every site. */
export async function checkReports(
  { engine, databaseUrl }: World,
  history: History,
): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
  try {
    for (const { site_id: siteId } of await sql`SELECT DISTINCT site_id FROM daily_site_stats`) {
      const query = sampleQuery({
        siteId,
        metrics: ["visitors", "visits", "events", "bounce_rate", "visit_duration"],
        dimensions: ["time:day", "visit:entry_page"],
        dateRange: { kind: "preset", preset: "all" },
      });
      const { status, body } = await askReport(engine, { site_id: siteId, ...queryBody(query) });
      if (status !== 200) {
        history.fail(`/query returns ${status} ${JSON.stringify(body)}`);
        continue;
      }
      const json = body as unknown as JsonAnswer;
      await judgeSite(sql, { siteId });
      const nowMs = Date.parse(json.meta.as_of);
      const expected = await askOracle(sql, { query, settings: SETTINGS, nowMs });
      if (areEqual({ expected, received: answerOf(json) })) continue;
      history.fail(`/query of ${siteId} does not equal SQL over the raw rows`);
    }
  } finally {
    await sql.end({ timeout: 1 });
  }
}
