import { withLimits } from "../access/limit-fields.ts";
import type { SiteChanges, SiteFields } from "../access/site-fields.ts";
import { DEFAULT_PAGE_VIEW_TYPES } from "../event/page-view-types.ts";
import { addSite, changeSite, removeSite, type StoredSite } from "../store/access/sites.ts";
import type { AccessServers } from "./access-servers.ts";
import { putInForce } from "./put-in-force.ts";

/** Returns undefined when the site exists already. @throws as `putInForce`. */
export async function addNewSite(
  servers: AccessServers,
  siteId: string,
  changes: SiteChanges,
): Promise<StoredSite | undefined> {
  const added = await addSite(servers.database, newSite(siteId, changes));
  if (added !== undefined) await putInForce(servers);
  return added;
}

/** Returns undefined for an unknown site. @throws as `putInForce`. */
export async function setSite(
  servers: AccessServers,
  siteId: string,
  changes: SiteChanges,
): Promise<StoredSite | undefined> {
  const changed = await changeSite(servers.database, siteId, changes);
  if (changed !== undefined) await putInForce(servers);
  return changed;
}

/** Returns how many keys it revoked, or undefined for an unknown site. @throws as `putInForce`. */
export async function removeSiteAndKeys(
  servers: AccessServers,
  siteId: string,
): Promise<number | undefined> {
  const revoked = await removeSite(servers.database, siteId);
  if (revoked !== undefined) await putInForce(servers);
  return revoked;
}

export function newSite(siteId: string, { limits = {}, ...changes }: SiteChanges = {}): SiteFields {
  return {
    siteId,
    name: siteId,
    timeZone: "UTC",
    origins: [],
    hostnames: [],
    excludedNetworks: [],
    excludedPaths: [],
    excludedCountries: [],
    pageViewTypes: [...DEFAULT_PAGE_VIEW_TYPES],
    ...changes,
    limits: withLimits({}, limits),
  };
}
