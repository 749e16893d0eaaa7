import { describeValue } from "../../event/describe-value.ts";
import { type ParsedQuery, parseReportQuery } from "./parse-report-query.ts";

/** These may be a list of names between commas. */
const LISTS = ["metrics", "dimensions"];
/** With an example of each. */
const JSON_VALUES: ReadonlyMap<string, string> = new Map([
  ["filters", '[["is","event:page",["/"]]]'],
  ["order_by", '[["visitors","desc"]]'],
  ["include", '{"total_rows":true}'],
  ["pagination", '{"limit":10}'],
]);
const LIST_EXAMPLE = '["a","b"]';
const PAGE = ["limit", "offset"];
const JSON_START = /^\s*[[{]/;

/**
 * Reads a query from the parameters of an address. Names and texts stand as they are, lists of names and the ends of a range between
 * commas, and everything else as in the body, in JSON. `limit` and `offset` may stand alone.
 */
export function queryFromParameters(parameters: ReadonlyMap<string, string>): ParsedQuery {
  const body = new Map<string, unknown>();
  const page = new Map<string, unknown>();
  const fields: Record<string, string> = {};
  for (const [name, text] of parameters) {
    if (PAGE.includes(name)) {
      if (parameters.has("pagination")) fields[name] = `Expected ${name} or pagination, got both`;
      page.set(name, wholeNumber(text));
    } else if (!mustBeJson(name, text)) body.set(name, plainValue(name, text));
    else {
      const value = parseJson(text);
      if (value === undefined) {
        const example = JSON_VALUES.get(name) ?? LIST_EXAMPLE;
        fields[name] = `Expected ${name} to be JSON such as ${example}, got ${describeValue(text)}`;
      }
      body.set(name, value);
    }
  }
  if (Object.keys(fields).length > 0) return { kind: "invalid", fields };
  if (page.size > 0) body.set("pagination", Object.fromEntries(page));
  return parseReportQuery(Object.fromEntries(body));
}

function mustBeJson(name: string, text: string): boolean {
  const mayBeJson = name === "date_range" || LISTS.includes(name);
  return JSON_VALUES.has(name) || (mayBeJson && JSON_START.test(text));
}

function plainValue(name: string, text: string): unknown {
  const isList = LISTS.includes(name) || (name === "date_range" && text.includes(","));
  return isList ? text.split(",") : text;
}

/** Returns anything else as it is, for the error. */
function wholeNumber(text: string): unknown {
  return /^\d{1,15}$/.test(text) ? Number(text) : text;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
