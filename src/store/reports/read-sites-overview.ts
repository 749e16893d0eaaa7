import type { Sql } from "postgres";
import type { Database } from "../database.ts";
import { QUERY_DEADLINE_MS } from "../deadlines.ts";
import { isDistributed } from "../distribution/is-distributed.ts";
import { withKnownSites } from "./known-sites.ts";
import { type OverviewQuestion, overviewOrder, type SitesOverview } from "./overview-question.ts";
import { readDistributedOverview } from "./read-distributed-overview.ts";

/** Returns a page of sites with the sums of the rollup's days, from one snapshot unless the database is distributed. */
export async function readSitesOverview(
  database: Database,
  question: OverviewQuestion,
): Promise<SitesOverview> {
  return await database.query(QUERY_DEADLINE_MS, async (sql) => {
    if (database.hasCitus && (await isDistributed(sql))) {
      return { ...(await readDistributedOverview(sql, question)), isDistributed: true };
    }
    const [page] = await selectPage(sql, question);
    return { ...page, isDistributed: false };
  });
}

function selectPage(sql: Sql, question: OverviewQuestion) {
  const { from, to, beforeFrom, limit, offset } = question;
  return sql<[Omit<SitesOverview, "isDistributed">]>`
    ${withKnownSites(sql, { ...question, isDistributed: false })},
    page AS (
      SELECT known.*, events, events_before, visitors, row_number() OVER (ORDER BY ${overviewOrder(sql, question)}) AS place
      FROM known CROSS JOIN LATERAL (
        SELECT coalesce(sum(total_views) FILTER (WHERE date >= ${from}::date), 0) AS events,
          coalesce(sum(total_views) FILTER (WHERE date < ${from}::date), 0) AS events_before,
          coalesce(sum(unique_users) FILTER (WHERE date >= ${from}::date), 0) AS visitors
        FROM daily_site_stats AS stats
        WHERE stats.site_id = known.site_id AND date BETWEEN ${beforeFrom}::date AND ${to}::date
      ) AS sums
      ORDER BY place LIMIT ${limit} OFFSET ${offset}
    )
    SELECT (SELECT count(*)::float8 FROM known) AS total, coalesce((
      SELECT json_agg(json_build_object(
        'siteId', site_id, 'name', name, 'timeZone', time_zone, 'firstDate', first_date,
        'events', events, 'eventsBefore', events_before, 'days', coalesce((
          SELECT json_agg(json_build_array(date - ${from}::date, unique_users) ORDER BY date)
          FROM daily_site_stats AS stats
          WHERE stats.site_id = page.site_id AND date BETWEEN ${from}::date AND ${to}::date
        ), '[]')
      ) ORDER BY place) FROM page
    ), '[]') AS sites
  `;
}
