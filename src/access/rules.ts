import { ianaZone } from "../event/iana-zone.ts";
import type { AccessDocument, Key, Share, Site } from "./access-document.ts";
import { type Closed, closedBy } from "./closed.ts";
import { isNetwork, NetworkSet } from "./network.ts";
import { PathSet } from "./path-set.ts";

/** What a site leaves out. */
export interface SiteRules {
  readonly origins: readonly string[];
  readonly hostnames: readonly string[];
  /** Undefined when it leaves out no address, since an address costs more to find out than all the rest. */
  readonly networks: NetworkSet | undefined;
  readonly paths: PathSet;
  readonly countries: ReadonlySet<string>;
}

/** A document, compiled for the check of each event. */
export interface AccessRules {
  readonly kind: "rules";
  /** By hash. */
  readonly keys: ReadonlyMap<string, Key>;
  /** Public links, by hash. */
  readonly shares: ReadonlyMap<string, Share>;
  /** Only sites that leave something out. */
  readonly sites: Pick<ReadonlyMap<string, SiteRules>, "get">;
  /** Whether any site leaves out addresses. */
  readonly excludesNetworks: boolean;
  /** By site: only zones other than `DEFAULT_TIME_ZONE`. */
  readonly timeZones: ReadonlyMap<string, string>;
  readonly closed: Closed;
  /** Whether writes and reads need a key also where none exists. */
  readonly isAllClosed: boolean;
}

export type Access =
  /** Nothing is asked. */
  | { readonly kind: "open" }
  /** Which keys exist is not known yet. */
  | { readonly kind: "unknown" }
  | AccessRules;

/** The zone of a site that has none. */
export const DEFAULT_TIME_ZONE = "UTC";

export const OPEN: Access = { kind: "open" };
export const UNKNOWN: Access = { kind: "unknown" };

export function compileRules(
  { keys, sites, shares = [] }: AccessDocument,
  { isAllClosed }: { isAllClosed: boolean },
): AccessRules {
  return {
    kind: "rules",
    keys: new Map(keys.map((key) => [key.hash, key])),
    shares: new Map(shares.map((share) => [share.hash, share])),
    sites: compiledOnUse(sites.filter(leavesOut)),
    excludesNetworks: sites.some(({ excludedNetworks }) => excludedNetworks.length > 0),
    timeZones: timeZonesOf(sites),
    closed: closedBy(keys),
    isAllClosed,
  };
}

/** Returns the origins whose pages may send events of the site, and show its dashboard in a frame. */
export function originsOf(access: Access, siteId: string): readonly string[] {
  return (access.kind === "rules" ? access.sites.get(siteId)?.origins : undefined) ?? [];
}

/** Returns the zone whose dates are the site's. With `ACCESS=open`, which reads no sites, every site has the default. */
export function timeZoneOf(access: Access, siteId: string): string {
  if (access.kind !== "rules") return DEFAULT_TIME_ZONE;
  return access.timeZones.get(siteId) ?? DEFAULT_TIME_ZONE;
}

/** A text that is no zone, which somebody wrote past the checks, is as good as none. */
function timeZonesOf(sites: readonly Site[]): ReadonlyMap<string, string> {
  // Checked once each, since many sites share a zone and a check takes microseconds.
  const names = new Set(sites.map(({ timeZone }) => timeZone));
  const known = new Set([...names].filter((name) => ianaZone(name) !== undefined));
  known.delete(DEFAULT_TIME_ZONE);
  const own = sites.filter(({ timeZone }) => known.has(timeZone));
  return new Map(own.map(({ siteId, timeZone }) => [siteId, timeZone]));
}

function leavesOut(site: Site): boolean {
  const { origins, hostnames, excludedNetworks, excludedPaths, excludedCountries } = site;
  const lists = [origins, hostnames, excludedNetworks, excludedPaths, excludedCountries];
  return lists.some((list) => list.length > 0);
}

/** Compiling 10,000 sites at once would stop a thread for a third of a second, with each change of one of them. */
function compiledOnUse(sites: readonly Site[]): AccessRules["sites"] {
  const known = new Map(sites.map((site) => [site.siteId, site]));
  const compiled = new Map<string, SiteRules>();
  return {
    get: (siteId) => {
      const site = known.get(siteId);
      const rules = compiled.get(siteId) ?? (site && siteRules(site));
      if (rules !== undefined) compiled.set(siteId, rules);
      return rules;
    },
  };
}

/** A text that is no network or pattern, which somebody wrote past the checks, leaves out nothing. */
function siteRules(site: Site): SiteRules {
  const networks = site.excludedNetworks.filter(isNetwork);
  return {
    origins: site.origins,
    hostnames: site.hostnames,
    networks: networks.length === 0 ? undefined : new NetworkSet(networks),
    paths: new PathSet(site.excludedPaths),
    countries: new Set(site.excludedCountries),
  };
}
