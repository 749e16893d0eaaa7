import { QueueFlowError } from "../errors.ts";
import { describeValue } from "../event/describe-value.ts";
import type { AnalyticsEvent } from "../event/event.ts";
import { EVERY_SITE, type Key, type KeyKind } from "./access-document.ts";
import type { Closed } from "./closed.ts";
import { ExcludedError } from "./excluded-error.ts";
import { matchesHost } from "./host-pattern.ts";
import type { NetworkSet } from "./network.ts";
import { allowsOrigin } from "./origin.ts";
import type { AccessRules, SiteRules } from "./rules.ts";

/** What a sender does: a server writes, and a browser has its events collected. */
export type Use = keyof Pick<Closed, "writes" | "collects">;

/** Of keys, in words for errors. */
const KINDS: Readonly<Record<Use, { readonly kinds: readonly KeyKind[]; readonly text: string }>> =
  {
    // An admin key writes for imports, with internal fields.
    writes: { kinds: ["write", "admin"], text: "a write key" },
    collects: { kinds: ["browser", "write"], text: "a browser or write key" },
  };

/** Who sends events. What costs time is read only where a site asks for it. */
export interface Sender {
  readonly use: Use;
  /** Of a kind that the use takes. */
  readonly key: Key | undefined;
  /** `Origin`, which a browser sends. */
  readonly origin: string | null;
  /** Undefined when it is not known. */
  readonly address: string | undefined;
}

/**
 * Checks what a request tells before its events are read.
 *
 * @throws QueueFlowError `key_required`, `wrong_kind`.
 */
export function expectWriter(
  { isAllClosed }: AccessRules,
  { use, key }: Pick<Sender, "use" | "key">,
): void {
  const { kinds, text } = KINDS[use];
  if (key === undefined) {
    if (!isAllClosed) return;
    throw new QueueFlowError("key_required", `Expected ${text}, got no key`);
  }
  if (!kinds.includes(key.kind)) {
    throw new QueueFlowError("wrong_kind", `Expected ${text}, got a ${key.kind} key`);
  }
}

/** Returns why the sender may not send the event, or undefined. */
export function writeRefusal(
  rules: AccessRules,
  sender: Sender,
  event: Pick<AnalyticsEvent, "siteId" | "path" | "hostname" | "country">,
): QueueFlowError | undefined {
  const { siteId } = event;
  const { key, use } = sender;
  if (key === undefined) {
    if (rules.isAllClosed || rules.closed[use].has(siteId)) return keyRequired(siteId, use);
  } else if (key.siteId !== siteId && key.siteId !== EVERY_SITE) {
    const message = `Expected an event of ${describeValue(key.siteId)}, whose key it came with, got one of ${describeValue(siteId)}`;
    return new QueueFlowError("wrong_site", message);
  }
  const site = rules.sites.get(siteId);
  return site === undefined ? undefined : siteRefusal(site, sender, event);
}

function keyRequired(siteId: string, use: Use): QueueFlowError {
  const message = `Expected ${KINDS[use].text} of ${describeValue(siteId)}, got no key`;
  return new QueueFlowError("key_required", message);
}

function siteRefusal(
  { origins, hostnames, networks, paths, countries }: SiteRules,
  sender: Sender,
  { path, hostname, country }: Pick<AnalyticsEvent, "path" | "hostname" | "country">,
): QueueFlowError | undefined {
  if (origins.length > 0) {
    const { origin } = sender;
    if (origin !== null && !allowsOrigin(origins, origin)) {
      const message = `Expected an origin that the site allows, got ${describeValue(origin)}`;
      return new QueueFlowError("wrong_origin", message);
    }
  }
  if (hostnames.length > 0 && hostname !== undefined && !matchesHost(hostnames, hostname)) {
    const message = `Expected a host name that the site takes, got ${describeValue(hostname)}`;
    return new ExcludedError("hostname", message);
  }
  if (paths.has(path)) {
    const message = `Expected a path that the site does not leave out, got ${describeValue(path)}`;
    return new ExcludedError("path", message);
  }
  if (country !== undefined && countries.has(country)) {
    const message = `Expected a country that the site does not leave out, got ${country}`;
    return new ExcludedError("country", message);
  }
  return networks === undefined ? undefined : addressRefusal(networks, sender.address);
}

/** A client that has reset its connection has no address any more. */
function addressRefusal(
  networks: NetworkSet,
  address: string | undefined,
): ExcludedError | undefined {
  if (address !== undefined && !networks.has(address)) return undefined;
  const came = address === undefined ? "an unknown one" : "one of an excluded network";
  const message = `Expected an address that the site does not leave out, got ${came}`;
  return new ExcludedError("address", message);
}
