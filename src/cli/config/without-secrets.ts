const HIDDEN = "***";
const SECRET_PARAMETER = /pass|secret|token|key/i;

/**
 * A URL that may be shown: its password, and parameters that look like one, are hidden. A text that is no URL, or
 * one whose password seems to have run into its path, is hidden whole.
 */
export function withoutSecrets(text: string): string {
  const url = URL.parse(text);
  if (url === null || `${url.pathname}${url.search}${url.hash}`.includes("@")) return HIDDEN;
  if (url.password !== "") url.password = HIDDEN;
  for (const name of url.searchParams.keys()) {
    if (SECRET_PARAMETER.test(name)) url.searchParams.set(name, HIDDEN);
  }
  return url.href;
}
