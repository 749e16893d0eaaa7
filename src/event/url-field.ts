import { describeValue } from "./describe-value.ts";
import { PATH_BYTES_MAX, URL_BYTES_MAX } from "./limits.ts";
import { isText, textProblem } from "./text-field.ts";

/** Read from an event and never stored: it gives the host name, the path and the campaign. */
export const URL_FIELD = "url";

const CAMPAIGN_FIELDS = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"];

/** Returns the fields of an event that an absolute web address gives; undefined for anything else. */
export function parseUrl(
  value: unknown,
  keptQuery: ReadonlySet<string> = new Set(),
): Readonly<Record<string, string>> | undefined {
  const url = isText(value, URL_BYTES_MAX) ? webUrl(value) : undefined;
  if (url === undefined) return undefined;
  const { hostname, pathname, search } = url;
  return { hostname, ...queryFields({ path: pathname, query: search }, keptQuery) };
}

/** Returns the campaign in `query`, which is empty or begins with `?`, and the path with what it keeps of it, unless that is too long. */
export function queryFields(
  { path, query }: { readonly path: string; readonly query: string },
  keptQuery: ReadonlySet<string>,
): Readonly<Record<string, string>> {
  const fields: Record<string, string> = { path };
  if (query === "") return fields;
  const parameters = new URLSearchParams(query);
  for (const name of CAMPAIGN_FIELDS) {
    const text = parameters.get(name);
    if (text !== null) fields[name] = text;
  }
  if (keptQuery.size === 0) return fields;
  const kept = [...parameters].filter(([name]) => keptQuery.has(name));
  const withKept = `${path}?${new URLSearchParams(kept).toString()}`;
  if (kept.length > 0 && isText(withKept, PATH_BYTES_MAX)) fields["path"] = withKept;
  return fields;
}

/** Returns an empty string for a good one. */
export function urlProblem(value: unknown): string {
  const problem = textProblem(URL_FIELD, value, URL_BYTES_MAX);
  if (problem !== undefined || typeof value !== "string") return problem ?? "";
  return webUrl(value) === undefined
    ? `Expected ${URL_FIELD} to be an absolute http or https URL, got ${describeValue(value)}`
    : "";
}

function webUrl(text: string): URL | undefined {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) ? url : undefined;
}
