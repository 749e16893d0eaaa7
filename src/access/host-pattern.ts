const SUBDOMAINS = "*.";

/** Returns a host name in lower case and Punycode, without a port, or undefined. It may begin with `*.`, for all of its subdomains. */
export function parseHostPattern(text: string): string | undefined {
  const subdomains = text.startsWith(SUBDOMAINS) ? SUBDOMAINS : "";
  const host = text.slice(subdomains.length);
  if (/[/?#@\\*\s]|:\d*$/.test(host) || !URL.canParse(`http://${host}`)) return undefined;
  return subdomains + new URL(`http://${host}`).hostname;
}

/** Whether one of `patterns`, as `parseHostPattern` returns them, is `hostname` or covers it. */
export function matchesHost(patterns: readonly string[], hostname: string): boolean {
  const name = hostname.toLowerCase();
  return patterns.some((pattern) =>
    pattern.startsWith(SUBDOMAINS) ? name.endsWith(pattern.slice(1)) : name === pattern,
  );
}
