/**
 * Returns the condition for a site's rows after an id, from SQL expressions that are not null. Only the key (site_id, id) serves it,
 * from that id on, whatever the statistics are. Needs `ORDER BY site_id, id`.
 *
 * - A comparison of `id` alone also fits the index on `id`, which has the rows of all sites.
 * - Beside `site_id = …`, PostgreSQL would look for the id from the site's first row on.
 * - Without the bounds of `site_id`, the key (site_id, event_id) would seem cheaper.
 * - An equality in another collation fits no index. It names the site for a distributed PostgreSQL, which routes by equalities.
 * - A last id is no part of it: PostgreSQL would look for more rows up to the site's last one.
 */
export function siteRowsAfter(site: string, id: string): string {
  return `site_id = ${site} COLLATE "POSIX" AND site_id >= ${site} AND site_id <= ${site} AND (site_id, id) > (${site}, ${id})`;
}
