import type { ISql } from "postgres";
import { MIGRATIONS, type Migration } from "./migrations.ts";

export interface KeyMigration extends Migration {
  readonly textKey: NonNullable<Migration["textKey"]>;
}

export async function readAppliedVersions(sql: ISql): Promise<ReadonlySet<number>> {
  const rows = await sql<{ version: number }[]>`SELECT version FROM schema_migrations`;
  return new Set(rows.map(({ version }) => version));
}

/** Returns the migrations of keys that may have duplicate rows. */
export async function pendingKeys(sql: ISql): Promise<readonly KeyMigration[]> {
  const applied = await readAppliedVersions(sql);
  return MIGRATIONS.filter(hasTextKey).filter(({ version }) => !applied.has(version));
}

function hasTextKey(migration: Migration): migration is KeyMigration {
  return migration.textKey !== undefined;
}
