import type { ISql } from "postgres";
import type { Database } from "../database.ts";
import { QUERY_DEADLINE_MS } from "../deadlines.ts";

/** What a site names for its reports, and what happened on it. */
export const DEFINITION_TABLES = ["site_goals", "site_segments", "site_annotations"] as const;
export type DefinitionTable = (typeof DEFINITION_TABLES)[number];

/** Of one site in one table. Each question about the site reads all. */
export const DEFINITIONS_MAX = 200;

export interface StoredDefinition {
  readonly name: string;
  /** JSON that the reports of some version understood. */
  readonly definition: unknown;
}

export interface DefinitionKey {
  readonly table: DefinitionTable;
  readonly siteId: string;
}

/** Returns a site's definitions by name. */
export async function listDefinitions(
  database: Database,
  { table, siteId }: DefinitionKey,
): Promise<readonly StoredDefinition[]> {
  return await database.query(
    QUERY_DEADLINE_MS,
    async (sql) =>
      await sql<StoredDefinition[]>`
      SELECT name, definition FROM ${sql(table)} WHERE site_id = ${siteId} ORDER BY name`,
  );
}

/** Adds the definition, or replaces the one of its name. Returns false, and changes nothing, when the site has too many. */
export async function putDefinition(
  database: Database,
  { table, siteId }: DefinitionKey,
  { name, definition }: { readonly name: string; readonly definition: object },
): Promise<boolean> {
  return await database.query(QUERY_DEADLINE_MS, async (sql) => {
    const put = await sql`
      INSERT INTO ${sql(table)} (site_id, name, definition)
      SELECT ${siteId}, ${name}, ${JSON.stringify(definition)}::text::jsonb
      WHERE (SELECT count(*) FROM ${sql(table)} WHERE site_id = ${siteId} AND name <> ${name}) < ${DEFINITIONS_MAX}
      ON CONFLICT (site_id, name) DO UPDATE SET definition = excluded.definition
      RETURNING name`;
    return put.length > 0;
  });
}

/** Returns whether there was one. */
export async function deleteDefinition(
  database: Database,
  { table, siteId }: DefinitionKey,
  name: string,
): Promise<boolean> {
  return await database.query(QUERY_DEADLINE_MS, async (sql) => {
    const deleted = await sql`
      DELETE FROM ${sql(table)} WHERE site_id = ${siteId} AND name = ${name} RETURNING name`;
    return deleted.length > 0;
  });
}

/** Deletes all of a site. */
export async function deleteDefinitions(sql: ISql, siteId: string): Promise<void> {
  for (const table of DEFINITION_TABLES) {
    await sql`DELETE FROM ${sql(table)} WHERE site_id = ${siteId}`;
  }
}
