import type { PendingQuery, Row, Sql } from "postgres";

export interface SiteSearch {
  /** No other site. */
  readonly only?: string | undefined;
  /** In the id or the name, whatever the case. */
  readonly search?: string | undefined;
  /** Sites with greater ids. */
  readonly after?: string | undefined;
}

/**
 * Returns a WITH clause of the tables `counted` and `known`: sites that have settings or events, with the UTC day of the first one. Reads one
 * index entry a site, however many days the rollup has; where it is distributed, all of them, since Citus takes no recursion. `most` says that
 * no more sites with events are needed.
 */
export function withKnownSites(sql: Sql, { most, isDistributed, ...search }: KnownSitesOptions) {
  const { only, after = "" } = search;
  const isOnly = only === undefined ? sql`` : sql`AND site_id = ${only}`;
  const isFound =
    search.search === undefined
      ? sql``
      : sql`WHERE concat(site_id, ' ', name) ILIKE ${containing(search.search)}`;
  const counted = { after, isOnly, most };
  return sql`
    WITH ${isDistributed ? groupedSites(sql, counted) : steppedSites(sql, counted)},
    known AS (
      SELECT site_id, coalesce(name, '') AS name, time_zone, counted.date AS first_date
      FROM counted FULL JOIN (SELECT site_id, name, time_zone FROM sites WHERE site_id > ${after} ${isOnly}) AS named USING (site_id)
      ${isFound}
    )`;
}

export interface KnownSitesOptions extends SiteSearch {
  readonly most?: number;
  readonly isDistributed: boolean;
}

interface CountedSites {
  readonly after: string;
  readonly isOnly: PendingQuery<Row[]>;
  readonly most: number | undefined;
}

function steppedSites(sql: Sql, { after, isOnly, most }: CountedSites) {
  const isWanted = most === undefined ? sql`` : sql`WHERE counted.place < ${most}`;
  return sql`
    RECURSIVE counted AS (
      (SELECT site_id, date, 1 AS place FROM daily_site_stats WHERE site_id > ${after} ${isOnly} ORDER BY site_id, date LIMIT 1)
      UNION ALL
      SELECT later.site_id, later.date, counted.place + 1 FROM counted CROSS JOIN LATERAL (
        SELECT site_id, date FROM daily_site_stats WHERE site_id > counted.site_id ${isOnly} ORDER BY site_id, date LIMIT 1
      ) AS later ${isWanted}
    )`;
}

function groupedSites(sql: Sql, { after, isOnly, most }: CountedSites) {
  const limit = most === undefined ? sql`` : sql`ORDER BY site_id LIMIT ${most}`;
  return sql`
    counted AS MATERIALIZED (
      SELECT site_id, min(date) AS date FROM daily_site_stats WHERE site_id > ${after} ${isOnly} GROUP BY site_id ${limit}
    )`;
}

function containing(search: string): string {
  return `%${search.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
}
