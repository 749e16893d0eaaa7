import type { Sql } from "postgres";
import type { Database } from "../database.ts";
import { CHECK_DEADLINE_MS } from "../deadlines.ts";

/** PostgreSQL 15 is the first to record the version of a database's collation. */
const DATABASE_VERSION_MIN = 150_000;

/** Indexes built before the change may be in the wrong order. */
export interface ChangedCollation {
  /** Such as `database queueflow`. */
  readonly name: string;
  readonly recorded: string;
  readonly actual: string;
  readonly refresh: string;
  readonly reindexAll: string;
  /** Quoted as SQL. */
  readonly indexes: readonly { readonly index: string; readonly table: string }[];
}

/** Returns only collations in use. */
export async function readChangedCollations(
  database: Database,
  versionNumber: number,
): Promise<readonly ChangedCollation[]> {
  return await database.query(CHECK_DEADLINE_MS, async (sql) => {
    const ofDatabase = versionNumber >= DATABASE_VERSION_MIN ? databaseCollation : libraryCollation;
    const changed = await sql<(Omit<ChangedCollation, "indexes"> & { oid: number })[]>`
      SELECT name, recorded, actual, refresh, oid::int,
        'REINDEX DATABASE CONCURRENTLY ' || quote_ident(current_database()) AS "reindexAll"
      FROM (
        ${ofDatabase(sql)}
        UNION ALL
        SELECT 'collation ' || collname, collversion, pg_collation_actual_version(oid),
          'ALTER COLLATION ' || oid::regcollation || ' REFRESH VERSION', oid
        FROM pg_collation
      ) AS collations
      WHERE recorded <> actual
        AND (oid = '"default"'::regcollation OR oid IN (SELECT oid FROM ${sortedBy(sql)} AS sorted))
    `;
    const indexes = await sql<{ oid: number; index: string; table: string }[]>`
      SELECT DISTINCT oid::int, "index", "table" FROM ${sortedBy(sql)} AS sorted ORDER BY "index"`;
    return changed.map(({ oid, ...collation }) => ({
      ...collation,
      indexes: indexes
        .filter((index) => index.oid === oid)
        .map(({ index, table }) => ({ index, table })),
    }));
  });
}

function databaseCollation(sql: Sql) {
  return sql`
    SELECT 'database ' || datname AS name, datcollversion AS recorded,
      pg_database_collation_actual_version(oid) AS actual,
      'ALTER DATABASE ' || quote_ident(datname) || ' REFRESH COLLATION VERSION' AS refresh,
      '"default"'::regcollation::oid AS oid
    FROM pg_database WHERE datname = current_database()`;
}

/** Both come from the C library, so the named collation stands for the database's own. */
function libraryCollation(sql: Sql) {
  return sql`
    (SELECT 'collation ' || collname AS name, collversion AS recorded,
      pg_collation_actual_version(pg_collation.oid) AS actual,
      'ALTER COLLATION ' || pg_collation.oid::regcollation || ' REFRESH VERSION' AS refresh,
      '"default"'::regcollation::oid AS oid
    FROM pg_database JOIN pg_collation
      ON collprovider = 'c' AND lower(replace(collcollate, '-', '')) = lower(replace(datcollate, '-', ''))
    WHERE datname = current_database() LIMIT 1)`;
}

function sortedBy(sql: Sql) {
  return sql`(
    SELECT compared.oid, indexrelid::regclass::text AS "index", relname AS "table"
    FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
    JOIN pg_namespace ON pg_namespace.oid = relnamespace, unnest(indcollation) AS compared (oid)
    WHERE nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
  )`;
}
