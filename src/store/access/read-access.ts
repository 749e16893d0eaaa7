import {
  type AccessDocument,
  DOCUMENT_FORMAT,
  type Key,
  type Site,
} from "../../access/access-document.ts";
import type { Database } from "../database.ts";
import { type StoredKey, selectKeys } from "./keys.ts";
import { type StoredSite, selectSites } from "./sites.ts";

/** Equal rows give equal JSON. The use of a key is not in it, so it stays the same for days. */
export async function readAccess(database: Database, deadlineMs: number): Promise<AccessDocument> {
  return await database.query(deadlineMs, async (sql) => {
    const sites = await selectSites(sql);
    const keys = await selectKeys(sql);
    return { format: DOCUMENT_FORMAT, sites: sites.map(siteOf), keys: keys.map(keyOf) };
  });
}

function siteOf(stored: StoredSite): Site {
  const { createdAt: _, ...site } = stored;
  return site;
}

function keyOf(stored: StoredKey): Key {
  const { label: _, createdAt: __, lastUsedAt: ___, ...key } = stored;
  return key;
}
