import type { AccessSource } from "../../access/access-source.ts";
import { timeZoneOf } from "../../access/rules.ts";
import type { Agent } from "../../collect/agent.ts";
import type { AgentCache } from "../../collect/agent-cache.ts";
import type { Derived } from "../../collect/beacon.ts";
import { knownCountry } from "../../collect/country.ts";
import type { CountryFile } from "../../collect/country-file.ts";
import { dailyUserId } from "../../collect/daily-user-id.ts";
import { dropReasonOf } from "../../collect/drop-reason.ts";
import { firstLanguage } from "../../collect/language.ts";
import type { BrowserFacts } from "../../protocols/collect.ts";
import type { DailySalts } from "../../stream/visitors/daily-salts.ts";

/** What a thread asks to learn of browsers. */
export interface BrowserSources {
  readonly agents: Pick<AgentCache, "read">;
  /** Whether Global Privacy Control and Do Not Track mean that nothing is counted. */
  readonly respectsGpc: boolean;
  /** In which trusted proxies name the country. */
  readonly countryHeader: string | undefined;
  readonly countries: Pick<CountryFile, "countryOf"> | undefined;
}

export interface BrowserParts extends BrowserSources {
  readonly access: Pick<AccessSource, "current">;
  readonly salts: Pick<DailySalts, "saltAt">;
}

export interface BrowserRequest {
  readonly headers: Headers;
  /** Of the client. Never leaves the request. */
  readonly address: string | undefined;
  /** Whether a trusted proxy has passed on the request. */
  readonly isProxied: () => boolean;
}

/** Returns what a request tells of its browser. */
export function browserFacts(request: BrowserRequest, parts: BrowserParts): BrowserFacts {
  const { headers, address = "" } = request;
  const userAgent = headers.get("user-agent") ?? "";
  const agent = parts.agents.read(userAgent);
  const { respectsGpc, access, salts } = parts;
  return {
    derived: derivedOf(request, agent, parts),
    drop: dropReasonOf({ headers, agent, respectsGpc }),
    dailyUserId: (siteId, atMs) => {
      const timeZone = timeZoneOf(access.current(), siteId);
      const idWith = (salt: Buffer) => dailyUserId({ salt, siteId, address, userAgent });
      const salt = salts.saltAt({ timeZone, atMs });
      return salt instanceof Promise ? salt.then(idWith) : idWith(salt);
    },
  };
}

function derivedOf(request: BrowserRequest, agent: Agent, sources: BrowserSources): Derived {
  const language = firstLanguage(request.headers.get("accept-language"));
  const country = countryOf(request, sources);
  // Quicker than one object of several.
  const derived: { -readonly [Name in keyof Derived]: Derived[Name] } = { ...agent.facts };
  if (language !== undefined) derived.language = language;
  if (country !== undefined) derived.country = country;
  return derived;
}

function countryOf(
  { headers, address, isProxied }: BrowserRequest,
  { countryHeader, countries }: BrowserSources,
): string | undefined {
  if (countryHeader !== undefined && isProxied()) {
    const told = knownCountry(headers.get(countryHeader));
    if (told !== undefined) return told;
  }
  return address === undefined ? undefined : countries?.countryOf(address);
}
