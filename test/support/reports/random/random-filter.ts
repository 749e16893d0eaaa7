import {
  type Filter,
  type FilterDimension,
  type MatchFilter,
  OPERATORS,
  type SiteSettings,
  VISIT_FIELDS,
} from "../../../../src/reporting/query/report-query.ts";
import type { Random } from "../../../chaos/random.ts";
import { PROPERTY_NAMES } from "./random-fields.ts";

/** Some of the values that the events of a site have. */
export type Values = (dimension: FilterDimension) => readonly string[];

interface FilteredSite {
  readonly settings: SiteSettings;
  readonly values: Values;
}

const EVENT_DIMENSIONS: readonly FilterDimension[] = [
  "event:name",
  "event:page",
  "event:hostname",
  "event:session_id",
  "event:prop_names",
  ...PROPERTY_NAMES.map((name) => `event:props:${name}` as const),
];
const DIMENSIONS: readonly FilterDimension[] = [
  ...EVENT_DIMENSIONS,
  ...VISIT_FIELDS.filter((name) => name !== "channel").map((name) => `visit:${name}` as const),
];

/** Returns what a question's filters may be: parts of which all must pass. */
export function randomFilter(random: Random, site: FilteredSite): Filter {
  const parts = Array.from({ length: random.integer(1, 2) }, () => randomPart(random, site, 0));
  const goals = random.chance(0.15) ? [randomGoalFilter(random, site)] : [];
  const filters = [...parts, ...goals];
  const [first] = filters;
  return filters.length === 1 && first !== undefined ? first : { kind: "and", filters };
}

/** Whether `event:page` is looked at, other than in what a visit has done. */
export function looksAtPage(filter: Filter | undefined): boolean {
  switch (filter?.kind) {
    case "and":
    case "or":
      return filter.filters.some(looksAtPage);
    case "not":
      return looksAtPage(filter.filter);
    case "match":
      return filter.dimension === "event:page";
    case "has_done":
    case "has_not_done":
    case "segment":
    case undefined:
      return false;
  }
}

function randomPart(random: Random, site: FilteredSite, depth: number): Filter {
  const kind = random.pick(["match", "tree", "done", "segment"], (each) =>
    each === "match" ? 6 : 1,
  );
  if (kind === "done") return randomDone(random, site);
  if (kind === "segment" && site.settings.segments.length > 0) {
    return { kind, names: [random.pick(site.settings.segments).name] };
  }
  if (kind === "tree" && depth < 2) {
    if (random.chance(0.3)) return { kind: "not", filter: randomPart(random, site, depth + 1) };
    const filters = Array.from({ length: random.integer(1, 3) }, () =>
      randomPart(random, site, depth + 1),
    );
    return { kind: random.pick(["and", "or"]), filters };
  }
  return randomMatch(random, site, DIMENSIONS);
}

function randomDone(random: Random, site: FilteredSite): Filter {
  const match = () => randomMatch(random, site, EVENT_DIMENSIONS);
  const inner = random.chance(0.2)
    ? randomGoalFilter(random, site)
    : random.pick<() => Filter>([
        match,
        match,
        () => ({ kind: "not", filter: match() }),
        () => ({ kind: random.pick(["and", "or"]), filters: [match(), match()] }),
      ])();
  return { kind: random.pick(["has_done", "has_not_done"]), filter: inner };
}

function randomGoalFilter(random: Random, { settings }: FilteredSite): MatchFilter {
  const names = settings.goals.map(({ name }) => name).filter(() => random.chance(0.5));
  const values = names.length > 0 ? names : [random.pick(settings.goals).name];
  return { kind: "match", operator: "is", dimension: "event:goal", values, isCaseSensitive: true };
}

export function randomMatch(
  random: Random,
  { values: known }: Pick<FilteredSite, "values">,
  dimensions: readonly FilterDimension[],
): MatchFilter {
  const dimension = random.pick(dimensions);
  const operator = random.pick(OPERATORS);
  const isCaseSensitive = random.chance(0.8);
  const one = () => {
    const value = random.pick([...known(dimension), "none of them"]);
    if (operator.startsWith("contains")) return partOf(random, value);
    if (operator.startsWith("matches_glob")) return randomGlob(random, value);
    return random.chance(0.1) ? null : value;
  };
  const values = Array.from({ length: random.pick([1, 1, 2, 3]) }, one);
  return { kind: "match", operator, dimension, values, isCaseSensitive };
}

function partOf(random: Random, text: string): string {
  const characters = Array.from(text);
  const from = random.integer(0, characters.length - 1);
  return characters.slice(from, from + random.integer(1, 4)).join("");
}

/** Returns a pattern that matches the text, or nearly. */
function randomGlob(random: Random, text: string): string {
  const characters = Array.from(text, (character) =>
    "*\\".includes(character) ? `\\${character}` : character,
  );
  const cuts = random.integer(0, 2);
  for (let cut = 0; cut < cuts; cut += 1) {
    const from = random.integer(0, characters.length - 1);
    characters.splice(from, random.integer(1, 6), random.pick(["*", "**"]));
  }
  // A third star next to two would be neither of them.
  const glob = characters.join("").replace(/\*{3,}/g, "**");
  return glob === "" ? "*" : glob;
}
