import { parseCountry } from "../access/country.ts";

/** Of proxies and databases, for an unknown country. Tor's `T1` is no country by its form. */
const NO_COUNTRIES: ReadonlySet<string> = new Set(["XX", "ZZ"]);

/** Returns a country of two capital letters, as a proxy's header or a database names it, or undefined. */
export function knownCountry(value: unknown): string | undefined {
  const country = typeof value === "string" ? parseCountry(value) : undefined;
  return country === undefined || NO_COUNTRIES.has(country) ? undefined : country;
}
