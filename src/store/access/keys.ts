import type { ISql } from "postgres";
import type { Key, KeyKind, Limits } from "../../access/access-document.ts";
import type { Database } from "../database.ts";
import { QUERY_DEADLINE_MS } from "../deadlines.ts";

export interface NewKey {
  readonly keyId: string;
  readonly kind: KeyKind;
  /** `EVERY_SITE` or one site. */
  readonly siteId: string;
  readonly hash: string;
  readonly label: string;
  readonly expiresAt: Date | null;
  readonly limits: Limits;
}

export interface StoredKey extends Key {
  readonly label: string;
  /** ISO string. */
  readonly createdAt: string;
  /** ISO string of the hour. */
  readonly lastUsedAt: string | null;
}

export async function createKey(database: Database, key: NewKey): Promise<StoredKey> {
  return await database.query(QUERY_DEADLINE_MS, async (sql) => {
    const [row] = await sql<[KeyRow]>`
      INSERT INTO site_keys (site_id, key_id, kind, hash, label, limits, expires_at)
      VALUES (${key.siteId}, ${key.keyId}, ${key.kind}, decode(${key.hash}, 'hex'), ${key.label},
        ${JSON.stringify(key.limits)}::text::jsonb, ${key.expiresAt})
      RETURNING ${columns(sql)}`;
    return storedKey(row);
  });
}

/** Returns all keys, or those of a site, oldest first. */
export async function listKeys(
  database: Database,
  { siteId }: { siteId?: string } = {},
): Promise<readonly StoredKey[]> {
  return await database.query(QUERY_DEADLINE_MS, async (sql) => {
    const keys = await selectKeys(sql);
    return siteId === undefined ? keys : keys.filter((key) => key.siteId === siteId);
  });
}

/** Returns the key, whose revocation may be older than this one, or undefined for an unknown key. */
export async function revokeKey(database: Database, keyId: string): Promise<StoredKey | undefined> {
  return await database.query(QUERY_DEADLINE_MS, async (sql) => {
    const rows = await sql<KeyRow[]>`
      UPDATE site_keys SET revoked_at = coalesce(revoked_at, now()) WHERE key_id = ${keyId}
      RETURNING ${columns(sql)}`;
    return rows.map(storedKey)[0];
  });
}

/** Deletes a key only when it is revoked or expired. */
export async function deleteKey(
  database: Database,
  keyId: string,
): Promise<"deleted" | "in force" | "unknown"> {
  return await database.query(QUERY_DEADLINE_MS, async (sql) => {
    const deleted = await sql`
      DELETE FROM site_keys
      WHERE key_id = ${keyId} AND (revoked_at IS NOT NULL OR expires_at <= now())
      RETURNING key_id`;
    if (deleted.length > 0) return "deleted";
    const found = await sql`SELECT key_id FROM site_keys WHERE key_id = ${keyId}`;
    return found.length > 0 ? "in force" : "unknown";
  });
}

/** `hours` are the ISO strings of full hours by key id. An earlier hour than the stored one changes nothing. */
export async function noteKeyUse(
  database: Database,
  hours: ReadonlyMap<string, string>,
  deadlineMs: number,
): Promise<void> {
  await database.query(
    deadlineMs,
    async (sql) =>
      await sql`
      UPDATE site_keys SET last_used_at = used.hour::timestamptz
      FROM unnest(${[...hours.keys()]}::text[], ${[...hours.values()]}::text[]) AS used (key_id, hour)
      WHERE site_keys.key_id = used.key_id
        AND (last_used_at IS NULL OR last_used_at < used.hour::timestamptz)`,
  );
}

/** Returns all keys, oldest first. */
export async function selectKeys(sql: ISql): Promise<readonly StoredKey[]> {
  const rows = await sql<KeyRow[]>`
    SELECT ${columns(sql)} FROM site_keys ORDER BY created_at, key_id`;
  return rows.map(storedKey);
}

interface KeyRow extends Omit<StoredKey, "createdAt" | "lastUsedAt"> {
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
}

function columns(sql: ISql) {
  return sql`key_id AS "keyId", kind, site_id AS "siteId", encode(hash, 'hex') AS hash,
    floor(extract(epoch FROM expires_at) * 1000)::float8 AS "expiresAtMs",
    floor(extract(epoch FROM revoked_at) * 1000)::float8 AS "revokedAtMs",
    limits, label, created_at AS "createdAt", last_used_at AS "lastUsedAt"`;
}

function storedKey({ createdAt, lastUsedAt, ...key }: KeyRow): StoredKey {
  return {
    ...key,
    createdAt: createdAt.toISOString(),
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
  };
}
