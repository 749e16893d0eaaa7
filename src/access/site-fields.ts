import { InvalidFieldsError } from "../errors.ts";
import { describeValue } from "../event/describe-value.ts";
import { ianaZone } from "../event/iana-zone.ts";
import { EVENT_TYPE_BYTES_MAX } from "../event/limits.ts";
import { parsePathGlob } from "../event/path-glob.ts";
import { isText, textProblem } from "../event/text-field.ts";
import { SITE_NAME_BYTES_MAX } from "../text-limits.ts";
import type { Site } from "./access-document.ts";
import { parseCountry } from "./country.ts";
import { parseHostPattern } from "./host-pattern.ts";
import { type LimitChanges, parseLimits } from "./limit-fields.ts";
import { isNetwork } from "./network.ts";
import { parseOrigin } from "./origin.ts";
import { isStarred } from "./path-set.ts";

const ITEMS_MAX = 1_000;
/** Of all patterns with stars, each of which is matched with each event. */
const STARRED_CHARACTERS_MAX = 1_000;

/** What an operator can set for a site. Ingest threads need all but the last. */
export interface SiteFields extends Site {
  /** Types of events that reports count as page views. */
  pageViewTypes: string[];
}

type ListKey = {
  [Key in keyof SiteFields]: SiteFields[Key] extends string[] ? Key : never;
}[keyof SiteFields];

interface ListField {
  readonly key: ListKey;
  /** In JSON and the table `sites`. */
  readonly name: string;
  /** The option of a command that gives one or several. */
  readonly option: string;
  /** What an item is, for errors and help. */
  readonly item: string;
  readonly description: string;
  readonly parse: (text: string) => string | undefined;
  /** Returns what is wrong with the items together. */
  readonly problem?: (items: readonly string[]) => string | undefined;
}

export const LIST_FIELDS: readonly ListField[] = [
  {
    key: "origins",
    name: "origins",
    option: "origins",
    item: "an origin such as https://example.com or https://*.example.com",
    description: "origins whose pages may send events; all if none is given",
    parse: parseOrigin,
  },
  {
    key: "hostnames",
    name: "hostnames",
    option: "hostnames",
    item: "a host name such as example.com or *.example.com",
    description: "host names of events that are taken; all if none is given",
    parse: parseHostPattern,
  },
  {
    key: "excludedNetworks",
    name: "excluded_networks",
    option: "exclude-networks",
    item: "an address or a network such as 203.0.113.7 or 2001:db8::/32",
    description: "addresses and networks whose events are refused",
    parse: (text) => (isNetwork(text) ? text : undefined),
  },
  {
    key: "excludedPaths",
    name: "excluded_paths",
    option: "exclude-paths",
    item: "a path such as /admin/**",
    description: "paths whose events are refused; * stops at a slash, ** does not",
    parse: (text) => (parsePathGlob(text) === undefined ? undefined : text),
    problem: starredProblem,
  },
  {
    key: "excludedCountries",
    name: "excluded_countries",
    option: "exclude-countries",
    item: "a country of two letters such as DE",
    description: "countries whose events are refused",
    parse: parseCountry,
  },
  {
    key: "pageViewTypes",
    name: "page_view_types",
    option: "page-view-types",
    item: "an event_type such as page_view",
    description: "types of events that count as page views; page_view and pageview by default",
    parse: (text) => (isText(text, EVENT_TYPE_BYTES_MAX) ? text : undefined),
  },
];

const NAMES = ["name", "time_zone", ...LIST_FIELDS.map(({ name }) => name), "limits"];

/** What a request changes; `limits` names the changed ones only. */
export type SiteChanges = Partial<Omit<SiteFields, "siteId" | "limits">> & {
  limits?: LimitChanges;
};

/**
 * Reads the fields of a site, in snake case. An absent field changes nothing.
 *
 * @throws InvalidFieldsError with every problem.
 */
export function parseSiteChanges(fields: Readonly<Record<string, unknown>>): SiteChanges {
  // In a plain object, the problem of a field named __proto__ would be lost.
  const problems: Record<string, string> = Object.create(null);
  const changes: SiteChanges = {};
  for (const [name, value] of Object.entries(fields)) {
    const list = LIST_FIELDS.find((each) => each.name === name);
    if (list !== undefined) changes[list.key] = parseList(value, list, problems);
    else if (name === "limits") changes.limits = parseLimits(value, problems);
    else if (name === "name") {
      const problem = textProblem(name, value, SITE_NAME_BYTES_MAX);
      if (problem === undefined) changes.name = String(value);
      else problems[name] = problem;
    } else if (name === "time_zone") {
      const zone = typeof value === "string" ? ianaZone(value) : undefined;
      if (zone !== undefined) changes.timeZone = zone;
      else {
        problems[name] =
          `Expected time_zone to be an IANA time zone such as Europe/Berlin, got ${describeValue(value)}`;
      }
    } else {
      problems[name] = `Expected one of the fields ${NAMES.join(", ")}, got ${describeValue(name)}`;
    }
  }
  if (Object.keys(problems).length > 0) throw new InvalidFieldsError(problems);
  return changes;
}

function parseList(
  value: unknown,
  { name, item, parse, problem }: ListField,
  problems: Record<string, string>,
): string[] {
  if (!Array.isArray(value) || value.length > ITEMS_MAX) {
    const came = Array.isArray(value) ? `${value.length} items` : describeValue(value);
    problems[name] = `Expected ${name} to be an array of at most ${ITEMS_MAX} strings, got ${came}`;
    return [];
  }
  const items = new Set<string>();
  for (const each of value) {
    const parsed = typeof each === "string" ? parse(each) : undefined;
    if (parsed !== undefined) items.add(parsed);
    else problems[name] = `Expected ${name} to have ${item}, got ${describeValue(each)}`;
  }
  const together = problem?.([...items]);
  if (together !== undefined) problems[name] = together;
  return [...items];
}

function starredProblem(patterns: readonly string[]): string | undefined {
  const starred = patterns.filter(isStarred);
  const characters = starred.reduce((total, { length }) => total + length, 0);
  if (characters <= STARRED_CHARACTERS_MAX) return undefined;
  return `Expected excluded_paths with at most ${STARRED_CHARACTERS_MAX} characters in patterns with stars, got ${characters}`;
}
