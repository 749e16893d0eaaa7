import {
  type AccessDocument,
  DOCUMENT_FORMAT,
  type Key,
  type Share,
  type Site,
} from "../../access/access-document.ts";
import { QueueFlowError } from "../../errors.ts";
import type { Database } from "../database.ts";
import { sqlState } from "../database-error.ts";
import { isOptional } from "../schema/migrations.ts";
import { readSchemaState, type SchemaState } from "../schema/read-schema-state.ts";
import { type StoredKey, selectKeys } from "./keys.ts";
import { type StoredShare, selectShares } from "./shares.ts";
import { type StoredSite, selectSites } from "./sites.ts";

/** undefined_table and undefined_column. */
const MISSING: ReadonlySet<string> = new Set(["42P01", "42703"]);

/** The tables have keys, or may have, which this binary can read once the migrations are applied. */
export class AccessNotMigrated extends QueueFlowError {
  constructor(pending: SchemaState["pending"], cause: unknown) {
    const names = pending.map(({ name }) => name).join(", ");
    super("database_unavailable", `Sites and keys wait for migrations: ${names}`, { cause });
  }
}

/**
 * Returns undefined before the migrations that create the tables. Equal rows give equal JSON. The use of a key is not in it, so it stays
 * the same for days.
 *
 * @throws AccessNotMigrated while other migrations are pending that it needs; errors of the database.
 */
export async function readAccess(
  database: Database,
  deadlineMs: number,
): Promise<AccessDocument | undefined> {
  try {
    return await readTables(database, deadlineMs);
  } catch (error) {
    if (!MISSING.has(sqlState(error) ?? "")) throw error;
    const { pending, missingTables } = await readSchemaState(database);
    const awaited = pending.filter((migration) => !isOptional(migration));
    // The last migration may have been applied since.
    if (awaited.length === 0) return await readTables(database, deadlineMs);
    if (["sites", "site_keys"].every((name) => missingTables.includes(name))) return undefined;
    throw new AccessNotMigrated(awaited, error);
  }
}

async function readTables(database: Database, deadlineMs: number): Promise<AccessDocument> {
  return await database.query(deadlineMs, async (sql) => {
    const sites = await selectSites(sql);
    const keys = await selectKeys(sql);
    const shares = await selectShares(sql);
    return {
      format: DOCUMENT_FORMAT,
      sites: sites.map(siteOf),
      keys: keys.map(keyOf),
      shares: shares.map(shareOf),
    };
  });
}

function siteOf(stored: StoredSite): Site {
  const { createdAt: _, pageViewTypes: __, ...site } = stored;
  return site;
}

function keyOf(stored: StoredKey): Key {
  const { label: _, createdAt: __, lastUsedAt: ___, ...key } = stored;
  return key;
}

function shareOf(stored: StoredShare): Share {
  const { label: _, createdAt: __, ...share } = stored;
  return share;
}
