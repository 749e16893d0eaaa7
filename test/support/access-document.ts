import {
  type AccessDocument,
  DOCUMENT_FORMAT,
  EVERY_SITE,
  type Key,
  type KeyKind,
  type Site,
} from "../../src/access/access-document.ts";
import { mintKey } from "../../src/access/key.ts";
import { newSite } from "../../src/administer/sites.ts";

export const SHOP = "shop.example";

/** Returns a key of `SHOP` and its text. */
export function sampleKey(
  kind: KeyKind,
  more: Partial<Key> = {},
): { readonly key: Key; readonly text: string } {
  const { text, hash, keyId } = mintKey(kind);
  const times = { expiresAtMs: null, revokedAtMs: null };
  return { text, key: { keyId, kind, siteId: SHOP, hash, ...times, limits: {}, ...more } };
}

/** Returns a key of every site and its text. */
export function everySiteKey(kind: "read" | "admin") {
  return sampleKey(kind, { siteId: EVERY_SITE });
}

/** Returns `SHOP`, which leaves out nothing by default. */
export function sampleSite(more: Partial<Site> = {}): Site {
  return { ...newSite(SHOP), name: "The shop", ...more };
}

export function accessDocument(
  keys: readonly Key[] = [],
  sites: readonly Site[] = [],
): AccessDocument {
  return { format: DOCUMENT_FORMAT, sites: [...sites], keys: [...keys] };
}
