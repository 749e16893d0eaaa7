import type { Sql } from "postgres";

export interface Key {
  /** The statement that creates it again. */
  readonly create: string;
}

/** Drops the primary keys, unique constraints and indexes of the tables. Returns how to create them again. */
export async function dropKeys(sql: Sql, tables: readonly string[]): Promise<readonly Key[]> {
  const keys = await sql<{ drop: string; create: string }[]>`
    SELECT
      CASE WHEN conname IS NULL THEN format('DROP INDEX %s', indexrelid::regclass)
        ELSE format('ALTER TABLE %s DROP CONSTRAINT %I', indrelid::regclass, conname) END AS drop,
      CASE WHEN conname IS NULL THEN pg_get_indexdef(indexrelid)
        ELSE format('ALTER TABLE %s ADD CONSTRAINT %I %s', indrelid::regclass, conname, pg_get_constraintdef(pg_constraint.oid))
        END AS create
    FROM pg_index
    LEFT JOIN pg_constraint ON conindid = indexrelid AND contype IN ('p', 'u')
    WHERE indrelid::regclass::text = ANY (${tables}::text[])`;
  for (const { drop } of keys) await sql.unsafe(drop);
  return keys.map(({ create }) => ({ create }));
}
