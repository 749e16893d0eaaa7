import type { Sql } from "postgres";

export interface SiteSearch {
  /** No other site. */
  readonly only?: string | undefined;
  /** In the id or the name, whatever the case. */
  readonly search?: string | undefined;
  /** Sites with greater ids. */
  readonly after?: string | undefined;
}

/**
 * Returns the tables `counted` and `known` of a recursive WITH: sites that have settings or events, with the UTC day of the first one. Reads
 * one index entry a site, however many days the rollup has. `most` says that no more sites with events are needed.
 */
export function knownSites(
  sql: Sql,
  { only, search, after = "", most }: SiteSearch & { readonly most?: number },
) {
  const isOnly = only === undefined ? sql`` : sql`AND site_id = ${only}`;
  const isWanted = most === undefined ? sql`` : sql`WHERE counted.place < ${most}`;
  const isFound =
    search === undefined
      ? sql``
      : sql`WHERE concat(site_id, ' ', name) ILIKE ${containing(search)}`;
  return sql`
    counted AS (
      (SELECT site_id, date, 1 AS place FROM daily_site_stats WHERE site_id > ${after} ${isOnly} ORDER BY site_id, date LIMIT 1)
      UNION ALL
      SELECT later.site_id, later.date, counted.place + 1 FROM counted CROSS JOIN LATERAL (
        SELECT site_id, date FROM daily_site_stats WHERE site_id > counted.site_id ${isOnly} ORDER BY site_id, date LIMIT 1
      ) AS later ${isWanted}
    ),
    known AS (
      SELECT site_id, coalesce(name, '') AS name, time_zone, counted.date AS first_date
      FROM counted FULL JOIN (SELECT site_id, name, time_zone FROM sites WHERE site_id > ${after} ${isOnly}) AS named USING (site_id)
      ${isFound}
    )`;
}

function containing(search: string): string {
  return `%${search.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
}
