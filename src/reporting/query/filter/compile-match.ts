import { GlobAutomaton } from "../../../event/glob-automaton.ts";
import { parsePathGlob } from "../../../event/path-glob.ts";
import type { MatchFilter } from "../report-query.ts";

export type Match = (text: string | null) => boolean;

/** Returns whether a value passes a filter. Absent, null and empty are one value. Takes no exponential time, whatever the pattern is. */
export function compileMatch({
  operator,
  values,
  isCaseSensitive,
}: Pick<MatchFilter, "operator" | "values" | "isCaseSensitive">): Match {
  const fold = (text: string) => (isCaseSensitive ? text : text.toLowerCase());
  const texts = values
    .filter((value) => value !== null && value !== "")
    .map((text) => fold(text ?? ""));
  const takesNull = texts.length < values.length;
  const matches = matchTexts(operator, texts);
  const isNegated = operator.endsWith("_not");
  return (text) => {
    const isMatch = text === null || text === "" ? takesNull : matches(fold(text));
    return isMatch !== isNegated;
  };
}

function matchTexts(
  operator: MatchFilter["operator"],
  texts: readonly string[],
): (text: string) => boolean {
  switch (operator) {
    case "is":
    case "is_not": {
      const known = new Set(texts);
      return (text) => known.has(text);
    }
    case "contains":
    case "contains_not":
      return (text) => texts.some((part) => text.includes(part));
    case "matches_glob":
    case "matches_glob_not": {
      const globs = texts.map(parsePathGlob).filter((glob) => glob !== undefined);
      const automaton = new GlobAutomaton(globs);
      return (text) => automaton.matches(text);
    }
  }
}
