/** Of Cloudflare and others, for an unknown country and for Tor. */
const NO_COUNTRIES: ReadonlySet<string> = new Set(["XX", "T1", "ZZ"]);

/** Returns a country of two capital letters, as a proxy's header or a database names it, or undefined. */
export function knownCountry(value: unknown): string | undefined {
  if (typeof value !== "string" || !/^[a-z][a-z\d]$/i.test(value)) return undefined;
  const country = value.toUpperCase();
  return NO_COUNTRIES.has(country) || !/^[A-Z]{2}$/.test(country) ? undefined : country;
}
