import type { Transaction } from "../../database.ts";
import { MIGRATIONS, type Migration } from "../migrations.ts";

/** A migration that makes a text key safe. */
export interface KeyMigration extends Migration {
  readonly textKey: NonNullable<Migration["textKey"]>;
}

/** The migrations of text keys that have not been applied: these keys may have duplicate rows. */
export async function pendingKeys(tx: Transaction): Promise<readonly KeyMigration[]> {
  const rows = await tx`SELECT version FROM schema_migrations`;
  const applied = new Set(rows.map((row) => Number(row["version"])));
  return MIGRATIONS.filter(hasTextKey).filter(({ version }) => !applied.has(version));
}

function hasTextKey(migration: Migration): migration is KeyMigration {
  return migration.textKey !== undefined;
}
