import type { SQL } from "bun";
import type { StoredDefinition } from "../access/definitions.ts";

/** What an operator has set for the reports of a site. */
export interface StoredSettings {
  /** Absent for a site without a row of settings. */
  readonly site:
    | { readonly timeZone: string; readonly pageViewTypes: readonly string[] }
    | undefined;
  /** By name. */
  readonly goals: readonly StoredDefinition[];
  readonly segments: readonly StoredDefinition[];
}

/** `sql` may be a transaction. */
export async function readSiteSettings(sql: SQL, siteId: string): Promise<StoredSettings> {
  const rows: readonly { readonly settings: StoredSettings }[] = await sql`
    SELECT json_build_object(
      'site', (SELECT json_build_object('timeZone', time_zone, 'pageViewTypes', page_view_types)
        FROM sites WHERE site_id = ${siteId}),
      'goals', (SELECT coalesce(json_agg(json_build_object('name', name, 'definition', definition) ORDER BY name), '[]')
        FROM site_goals WHERE site_id = ${siteId}),
      'segments', (SELECT coalesce(json_agg(json_build_object('name', name, 'definition', definition) ORDER BY name), '[]')
        FROM site_segments WHERE site_id = ${siteId})
    ) AS settings`;
  const [row] = rows;
  if (row === undefined) throw new Error("Expected a row of settings");
  return { ...row.settings, site: row.settings.site ?? undefined };
}
