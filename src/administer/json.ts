import { EVERY_SITE } from "../access/access-document.ts";
import { LIST_FIELDS } from "../access/site-fields.ts";
import type { StoredKey } from "../store/access/keys.ts";
import type { StoredSite } from "../store/access/sites.ts";

/** A site as commands and the API show it. */
export function siteJson(site: StoredSite): Readonly<Record<string, unknown>> {
  return {
    site_id: site.siteId,
    name: site.name,
    time_zone: site.timeZone,
    ...Object.fromEntries(LIST_FIELDS.map(({ key, name }) => [name, site[key]])),
    limits: site.limits,
    created_at: site.createdAt,
  };
}

/** A key as commands and the API show it, without its hash. `site_id` is null for a key of every site. */
export function keyJson(key: StoredKey): Readonly<Record<string, unknown>> {
  return {
    key_id: key.keyId,
    kind: key.kind,
    site_id: key.siteId === EVERY_SITE ? null : key.siteId,
    label: key.label,
    limits: key.limits,
    created_at: key.createdAt,
    expires_at: isoTime(key.expiresAtMs),
    revoked_at: isoTime(key.revokedAtMs),
    last_used_at: key.lastUsedAt,
  };
}

function isoTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
