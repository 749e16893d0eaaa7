import type { Database } from "../database.ts";
import { CHECK_DEADLINE_MS } from "../deadlines.ts";
import { readAppliedVersions } from "./applied-migrations.ts";
import { MIGRATIONS, type Migration } from "./migrations.ts";
import { SEQUENCES, TABLES } from "./tables.ts";

const RIGHTS = ["SELECT", "INSERT", "UPDATE", "DELETE"];

export interface SchemaState {
  /** 0 without one. */
  readonly version: number;
  readonly pending: readonly Migration[];
  readonly missingTables: readonly string[];
  /** Such as `INSERT on events`. */
  readonly missingRights: readonly string[];
}

export async function readSchemaState(database: Database): Promise<SchemaState> {
  return await database.query(CHECK_DEADLINE_MS, async (sql) => {
    const tables = await sql`
      SELECT name, to_regclass(name) IS NOT NULL AS exists
      FROM unnest(${TABLES}::text[]) AS tables (name)`;
    const missingTables = tables
      .filter((row) => row["exists"] !== true)
      .map((row) => String(row["name"]));
    if (missingTables.includes("schema_migrations")) {
      const [row] = await sql`
        SELECT has_schema_privilege(current_schema(), 'CREATE') AS may_create`;
      const missingRights = row?.["may_create"] === true ? [] : ["CREATE on the schema"];
      return { version: 0, pending: MIGRATIONS, missingTables, missingRights };
    }
    const rights = await sql`
      SELECT required || ' on ' || name AS missing
      FROM unnest(${TABLES}::text[]) AS tables (name),
        unnest(${RIGHTS}::text[]) AS rights (required)
      WHERE NOT has_table_privilege(to_regclass(name), required)
      UNION ALL
      SELECT 'USAGE on ' || name
      FROM unnest(${SEQUENCES}::text[]) AS sequences (name)
      WHERE NOT has_sequence_privilege(to_regclass(name), 'USAGE')`;
    const missingRights = rights.map((row) => String(row["missing"]));
    if (missingRights.includes("SELECT on schema_migrations")) {
      return { version: 0, pending: MIGRATIONS, missingTables, missingRights };
    }
    const applied = await readAppliedVersions(sql);
    const pending = MIGRATIONS.filter(({ version }) => !applied.has(version));
    return { version: Math.max(0, ...applied), pending, missingTables, missingRights };
  });
}
