import type { ISql } from "postgres";
import type { SiteChanges, SiteFields } from "../../access/site-fields.ts";
import type { Database } from "../database.ts";
import { QUERY_DEADLINE_MS } from "../deadlines.ts";
import { deleteDefinitions } from "./definitions.ts";

export interface StoredSite extends SiteFields {
  /** ISO string. */
  readonly createdAt: string;
}

/** Returns undefined when the site exists already. */
export async function addSite(
  database: Database,
  site: SiteFields,
): Promise<StoredSite | undefined> {
  return await database.query(QUERY_DEADLINE_MS, async (sql) => {
    const rows = await sql<SiteRow[]>`
      INSERT INTO sites (site_id, name, time_zone, origins, hostnames, excluded_networks, excluded_paths, excluded_countries,
        page_view_types, limits)
      VALUES (${site.siteId}, ${site.name}, ${site.timeZone}, ${site.origins}::text[], ${site.hostnames}::text[],
        ${site.excludedNetworks}::text[], ${site.excludedPaths}::text[], ${site.excludedCountries}::text[],
        ${site.pageViewTypes}::text[], ${JSON.stringify(site.limits)}::text::jsonb)
      ON CONFLICT (site_id) DO NOTHING
      RETURNING ${columns(sql)}`;
    return rows.map(storedSite)[0];
  });
}

export async function listSites(database: Database): Promise<readonly StoredSite[]> {
  return await database.query(QUERY_DEADLINE_MS, selectSites);
}

/** Keeps what `changes` leaves out, each limit by itself. Returns undefined for an unknown site. */
export async function changeSite(
  database: Database,
  siteId: string,
  changes: SiteChanges,
): Promise<StoredSite | undefined> {
  const limits = JSON.stringify(changes.limits ?? {});
  return await database.query(QUERY_DEADLINE_MS, async (sql) => {
    const rows = await sql<SiteRow[]>`
      UPDATE sites SET
        name = coalesce(${changes.name ?? null}::text, name),
        time_zone = coalesce(${changes.timeZone ?? null}::text, time_zone),
        origins = coalesce(${changes.origins ?? null}::text[], origins),
        hostnames = coalesce(${changes.hostnames ?? null}::text[], hostnames),
        excluded_networks = coalesce(${changes.excludedNetworks ?? null}::text[], excluded_networks),
        excluded_paths = coalesce(${changes.excludedPaths ?? null}::text[], excluded_paths),
        excluded_countries = coalesce(${changes.excludedCountries ?? null}::text[], excluded_countries),
        page_view_types = coalesce(${changes.pageViewTypes ?? null}::text[], page_view_types),
        limits = jsonb_strip_nulls(limits || ${limits}::text::jsonb)
      WHERE site_id = ${siteId}
      RETURNING ${columns(sql)}`;
    return rows.map(storedSite)[0];
  });
}

/**
 * Removes what is set for the site, its goals and segments included, and revokes its keys, which go on closing it. Its events stay. Returns the number of keys it revoked,
 * or undefined for an unknown site.
 */
export async function removeSite(database: Database, siteId: string): Promise<number | undefined> {
  return await database.transaction(QUERY_DEADLINE_MS, async (tx) => {
    const removed = await tx`DELETE FROM sites WHERE site_id = ${siteId} RETURNING site_id`;
    if (removed.length === 0) return undefined;
    await deleteDefinitions(tx, siteId);
    await tx`DELETE FROM site_shares WHERE site_id = ${siteId}`;
    const revoked = await tx`
      UPDATE site_keys SET revoked_at = now() WHERE site_id = ${siteId} AND revoked_at IS NULL
      RETURNING key_id`;
    return revoked.length;
  });
}

/** Returns all sites by their ids. */
export async function selectSites(sql: ISql): Promise<readonly StoredSite[]> {
  const rows = await sql<SiteRow[]>`SELECT ${columns(sql)} FROM sites ORDER BY site_id`;
  return rows.map(storedSite);
}

interface SiteRow extends Omit<StoredSite, "createdAt"> {
  readonly createdAt: Date;
}

/** The driver does not read arrays. */
function columns(sql: ISql) {
  return sql`site_id AS "siteId", name, time_zone AS "timeZone", to_json(origins) AS origins,
    to_json(hostnames) AS hostnames, to_json(excluded_networks) AS "excludedNetworks",
    to_json(excluded_paths) AS "excludedPaths", to_json(excluded_countries) AS "excludedCountries",
    to_json(page_view_types) AS "pageViewTypes", limits, created_at AS "createdAt"`;
}

function storedSite({ createdAt, ...site }: SiteRow): StoredSite {
  return { ...site, createdAt: createdAt.toISOString() };
}
