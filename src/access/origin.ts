const SUBDOMAINS = "*.";
/** Of an origin: two of them, or a path, are none. */
const SUBDOMAIN = /^[\w.-]+$/;

/**
 * Returns an origin as browsers send it, such as `https://example.com`, or undefined. A host name may begin with `*.`, which stands
 * for all of its subdomains.
 */
export function parseOrigin(text: string): string | undefined {
  const match = /^(https?:\/\/)(\*\.)?([^/?#@\\*\s]+)\/?$/i.exec(text);
  if (match === null) return undefined;
  const [, scheme = "", subdomains = "", host = ""] = match;
  if (!URL.canParse(`${scheme}${host}`)) return undefined;
  const { protocol, host: normal } = new URL(`${scheme}${host}`);
  return `${protocol}//${subdomains}${normal}`;
}

/** Whether one of `allowed`, as `parseOrigin` returns them, is `origin` or covers it. An empty list allows every origin. */
export function allowsOrigin(allowed: readonly string[], origin: string): boolean {
  if (allowed.length === 0) return true;
  return allowed.some((each) => each === origin || coversSubdomain(each, origin));
}

function coversSubdomain(allowed: string, origin: string): boolean {
  const at = allowed.indexOf(SUBDOMAINS);
  if (at === -1) return false;
  const scheme = allowed.slice(0, at);
  const host = allowed.slice(at + 1);
  const isBetween = origin.startsWith(scheme) && origin.endsWith(host);
  return isBetween && SUBDOMAIN.test(origin.slice(scheme.length, -host.length));
}
