import type { ISql } from "postgres";
import type { Share } from "../../access/access-document.ts";
import type { Database } from "../database.ts";
import { QUERY_DEADLINE_MS } from "../deadlines.ts";

export interface StoredShare extends Share {
  readonly label: string;
  /** ISO string. */
  readonly createdAt: string;
}

export type NewShare = Omit<StoredShare, "createdAt">;

export async function createShare(database: Database, share: NewShare): Promise<StoredShare> {
  return await database.query(QUERY_DEADLINE_MS, async (sql) => {
    const [row] = await sql<[ShareRow]>`
      INSERT INTO site_shares (site_id, share_id, hash, label, password_hash)
      VALUES (${share.siteId}, ${share.shareId}, decode(${share.hash}, 'hex'), ${share.label}, ${share.passwordHash})
      RETURNING ${columns(sql)}`;
    return storedShare(row);
  });
}

/** Returns a site's links, oldest first. */
export async function listShares(
  database: Database,
  siteId: string,
): Promise<readonly StoredShare[]> {
  return await database.query(QUERY_DEADLINE_MS, async (sql) => {
    const rows = await sql<ShareRow[]>`
      SELECT ${columns(sql)} FROM site_shares WHERE site_id = ${siteId} ORDER BY created_at, share_id`;
    return rows.map(storedShare);
  });
}

/** Returns the links of all sites, oldest first. */
export async function selectShares(sql: ISql): Promise<readonly StoredShare[]> {
  const rows = await sql<ShareRow[]>`
    SELECT ${columns(sql)} FROM site_shares ORDER BY created_at, share_id`;
  return rows.map(storedShare);
}

/** Returns whether there was one. */
export async function deleteShare(
  database: Database,
  { siteId, shareId }: Pick<Share, "siteId" | "shareId">,
): Promise<boolean> {
  return await database.query(QUERY_DEADLINE_MS, async (sql) => {
    const deleted = await sql`
      DELETE FROM site_shares WHERE site_id = ${siteId} AND share_id = ${shareId} RETURNING share_id`;
    return deleted.length > 0;
  });
}

interface ShareRow extends Omit<StoredShare, "createdAt"> {
  readonly createdAt: Date;
}

function columns(sql: ISql) {
  return sql`share_id AS "shareId", site_id AS "siteId", encode(hash, 'hex') AS hash,
    password_hash AS "passwordHash", label, created_at AS "createdAt"`;
}

function storedShare({ createdAt, ...share }: ShareRow): StoredShare {
  return { ...share, createdAt: createdAt.toISOString() };
}
