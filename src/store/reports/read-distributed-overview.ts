import type { Sql } from "postgres";
import { withKnownSites } from "./known-sites.ts";
import {
  type OverviewQuestion,
  type OverviewSite,
  overviewOrder,
  type SitesOverview,
} from "./overview-question.ts";

interface PageRow {
  readonly site: Omit<OverviewSite, "days">;
  readonly total: number;
}

interface SiteDays {
  readonly siteId: string;
  readonly days: OverviewSite["days"];
}

/**
 * Returns a page of sites with the sums of the rollup's days where the rollup is distributed: Citus takes no statement that looks each site's
 * sums up. The days of the page are read after it, so that they may have events that its sums do not have yet.
 */
export async function readDistributedOverview(
  sql: Sql,
  question: OverviewQuestion,
): Promise<Omit<SitesOverview, "isDistributed">> {
  const { from, to, beforeFrom, limit, offset } = question;
  const page = await sql<PageRow[]>`
    ${withKnownSites(sql, { ...question, isDistributed: true })},
    sums AS MATERIALIZED (
      SELECT site_id, sum(total_views) FILTER (WHERE date >= ${from}::date) AS events,
        sum(total_views) FILTER (WHERE date < ${from}::date) AS events_before,
        sum(unique_users) FILTER (WHERE date >= ${from}::date) AS visitors
      FROM daily_site_stats WHERE date BETWEEN ${beforeFrom}::date AND ${to}::date GROUP BY site_id
    ),
    summed AS (
      SELECT site_id, name, time_zone, first_date, coalesce(events, 0) AS events, coalesce(events_before, 0) AS events_before,
        coalesce(visitors, 0) AS visitors
      FROM known LEFT JOIN sums USING (site_id)
    )
    SELECT json_build_object('siteId', site_id, 'name', name, 'timeZone', time_zone, 'firstDate', first_date,
        'events', events, 'eventsBefore', events_before) AS site,
      (count(*) OVER ())::float8 AS total
    FROM summed
    ORDER BY row_number() OVER (ORDER BY ${overviewOrder(sql, question)}) LIMIT ${limit} OFFSET ${offset}`;
  const days = await readDays(
    sql,
    question,
    page.map(({ site }) => site.siteId),
  );
  const sites = page.map(({ site }) => ({ ...site, days: days.get(site.siteId) ?? [] }));
  return { sites, total: page[0]?.total ?? (await countKnown(sql, question)) };
}

async function readDays(
  sql: Sql,
  { from, to }: OverviewQuestion,
  siteIds: readonly string[],
): Promise<ReadonlyMap<string, OverviewSite["days"]>> {
  const rows = await sql<SiteDays[]>`
    SELECT site_id AS "siteId", json_agg(json_build_array(date - ${from}::date, unique_users) ORDER BY date) AS days
    FROM daily_site_stats
    WHERE site_id = ANY (${siteIds}::text[]) AND date BETWEEN ${from}::date AND ${to}::date GROUP BY site_id`;
  return new Map(rows.map(({ siteId, days }) => [siteId, days]));
}

/** For a page behind the last one. */
async function countKnown(sql: Sql, question: OverviewQuestion): Promise<number> {
  const [row] = await sql<[{ total: number }]>`
    ${withKnownSites(sql, { ...question, isDistributed: true })} SELECT count(*)::float8 AS total FROM known`;
  return row.total;
}
