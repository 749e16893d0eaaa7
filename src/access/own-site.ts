import { EVERY_SITE, type Key } from "./access-document.ts";

/** Returns the one site of a key, undefined for a key of every site and without a key. */
export function ownSiteOf(key: Key | undefined): string | undefined {
  return key === undefined || key.siteId === EVERY_SITE ? undefined : key.siteId;
}
