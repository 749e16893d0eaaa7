import type { ISql } from "postgres";

/**
 * Returns whether Citus distributes `events` and the tables beside it: then a statement about one site still reads one snapshot, and one about
 * several sites may read another on each server.
 */
export async function isDistributed(sql: ISql): Promise<boolean> {
  // The catalogue is part of the extension, and naming it elsewhere fails.
  const [found] = await sql<{ hasCitus: boolean }[]>`
    SELECT to_regclass('pg_catalog.pg_dist_partition') IS NOT NULL AS "hasCitus"`;
  if (found?.hasCitus !== true) return false;
  const tables = await sql`
    SELECT FROM pg_dist_partition WHERE logicalrelid = to_regclass('events') AND partmethod = 'h'`;
  return tables.length > 0;
}
