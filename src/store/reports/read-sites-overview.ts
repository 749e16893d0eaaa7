import type { Sql } from "postgres";
import type { Database } from "../database.ts";
import { QUERY_DEADLINE_MS } from "../deadlines.ts";
import { isDistributed } from "../inspect/is-distributed.ts";
import { knownSites, type SiteSearch } from "./known-sites.ts";
import type { ReadableSite } from "./list-readable-sites.ts";

/** `visitors` adds up those of each UTC day. */
export const OVERVIEW_ORDERS = ["events", "visitors", "growth", "name"] as const;

export interface OverviewQuestion extends Pick<SiteSearch, "only" | "search"> {
  /** UTC days, both included. */
  readonly from: string;
  readonly to: string;
  /** Where the period of the same length before it begins. */
  readonly beforeFrom: string;
  readonly orderBy: (typeof OVERVIEW_ORDERS)[number];
  readonly isDescending: boolean;
  readonly limit: number;
  readonly offset: number;
}

export interface OverviewSite extends ReadableSite {
  readonly events: number;
  readonly eventsBefore: number;
  /** Users of each UTC day with events, and which day it is, 0 for the first of the period. */
  readonly days: readonly (readonly [day: number, users: number])[];
}

export interface SitesOverview {
  readonly sites: readonly OverviewSite[];
  /** Of which `sites` are a page. */
  readonly total: number;
  /** Whether sites lie on several servers, so that their sums may be of different moments. */
  readonly isDistributed: boolean;
}

/** Returns a page of sites with the sums of the rollup's days, from one snapshot unless the database is distributed. */
export async function readSitesOverview(
  database: Database,
  question: OverviewQuestion,
): Promise<SitesOverview> {
  return await database.query(QUERY_DEADLINE_MS, async (sql) => {
    const [page] = await selectPage(sql, question);
    return { ...page, isDistributed: await isDistributed(sql) };
  });
}

function selectPage(sql: Sql, question: OverviewQuestion) {
  const { from, to, beforeFrom, limit, offset } = question;
  return sql<[Omit<SitesOverview, "isDistributed">]>`
    WITH RECURSIVE ${knownSites(sql, question)},
    page AS (
      SELECT known.*, events, events_before, visitors, row_number() OVER (ORDER BY ${order(sql, question)}) AS place
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

function order(sql: Sql, { orderBy, isDescending }: OverviewQuestion) {
  const direction = isDescending ? sql`DESC` : sql`ASC`;
  switch (orderBy) {
    case "events":
      return sql`events ${direction}, site_id`;
    case "visitors":
      return sql`visitors ${direction}, events ${direction}, site_id`;
    case "growth":
      // Without events before there is no growth to compare.
      return sql`events / nullif(events_before, 0) ${direction} NULLS LAST, events DESC, site_id`;
    case "name":
      return sql`lower(coalesce(nullif(name, ''), site_id)) ${direction}, site_id`;
  }
}
