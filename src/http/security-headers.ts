/**
 * Of every response but those of the event routes, after the OWASP cheat sheets for REST and HTTP headers. A page replaces the policy
 * and the cache control by its own.
 */
const DEFAULTS = {
  "X-Content-Type-Options": "nosniff",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cache-Control": "no-store",
};
const POLICY = "Content-Security-Policy";
const NOT_FRAMED = "frame-ancestors 'none'";
const DEFAULT_ENTRIES = Object.entries(DEFAULTS);

/** Pages of other sites may load and read what event routes respond: they send events. */
export const EVENT_SECURITY_HEADERS = {
  "X-Content-Type-Options": DEFAULTS["X-Content-Type-Options"],
  "Content-Security-Policy": DEFAULTS["Content-Security-Policy"],
  "Referrer-Policy": DEFAULTS["Referrer-Policy"],
  "Cross-Origin-Resource-Policy": "cross-origin",
};

/** Of a page that loads nothing but what `sources` allows, and that only pages of `ancestors` may embed. */
export function pageHeaders(
  sources: string,
  ancestors: readonly string[] = [],
): Readonly<Record<string, string>> {
  const framing = ancestors.length === 0 ? "'none'" : ancestors.join(" ");
  return {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": `default-src 'none'; ${sources}; base-uri 'none'; form-action 'none'; frame-ancestors ${framing}`,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
  };
}

/** Adds the headers that the response lacks. */
export function secured(response: Response): Response {
  const { headers } = response;
  const isFramed = !(headers.get(POLICY) ?? NOT_FRAMED).endsWith(NOT_FRAMED);
  for (const [name, value] of DEFAULT_ENTRIES) if (!headers.has(name)) headers.set(name, value);
  // It cannot name origins, and browsers that know frame-ancestors ignore it.
  if (isFramed) headers.delete("X-Frame-Options");
  return response;
}
