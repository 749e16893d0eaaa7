import { describeValue } from "./describe-value.ts";
import { URL_BYTES_MAX } from "./limits.ts";
import { textProblem } from "./text-field.ts";

/** Read from an event and never stored: it gives the host name, the path and the campaign. */
export const URL_FIELD = "url";

const CAMPAIGN_FIELDS = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"];

/** Returns the fields of an event that an absolute web address gives; undefined for anything else. */
export function parseUrl(
  value: unknown,
  keptQuery: ReadonlySet<string> = new Set(),
): Readonly<Record<string, string>> | undefined {
  if (urlProblem(value) !== "" || typeof value !== "string") return undefined;
  const { hostname, pathname, searchParams } = new URL(value);
  const fields: Record<string, string> = { hostname };
  const kept = new URLSearchParams();
  for (const [name, text] of searchParams) {
    if (CAMPAIGN_FIELDS.includes(name)) fields[name] ??= text;
    if (keptQuery.has(name)) kept.append(name, text);
  }
  fields["path"] = kept.size === 0 ? pathname : `${pathname}?${kept.toString()}`;
  return fields;
}

/** Returns an empty string for a good one. */
export function urlProblem(value: unknown): string {
  const problem = textProblem(URL_FIELD, value, URL_BYTES_MAX);
  if (problem !== undefined || typeof value !== "string") return problem ?? "";
  const isWeb = /^https?:$/.test(URL.parse(value)?.protocol ?? "");
  return isWeb
    ? ""
    : `Expected ${URL_FIELD} to be an absolute http or https URL, got ${describeValue(value)}`;
}
