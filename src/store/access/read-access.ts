import {
  type AccessDocument,
  DOCUMENT_FORMAT,
  type Key,
  type Share,
  type Site,
} from "../../access/access-document.ts";
import type { Database } from "../database.ts";
import { sqlState } from "../database-error.ts";
import { type StoredKey, selectKeys } from "./keys.ts";
import { type StoredShare, selectShares } from "./shares.ts";
import { type StoredSite, selectSites } from "./sites.ts";

const UNDEFINED_TABLE = "42P01";

/**
 * Returns undefined while the tables do not exist. Equal rows give equal JSON. The use of a key is not in it, so it stays the same
 * for days.
 */
export async function readAccess(
  database: Database,
  deadlineMs: number,
): Promise<AccessDocument | undefined> {
  try {
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
  } catch (error) {
    if (sqlState(error) === UNDEFINED_TABLE) return undefined;
    throw error;
  }
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
