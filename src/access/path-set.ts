import { GlobAutomaton } from "../event/glob-automaton.ts";
import { type PathGlob, parsePathGlob } from "../event/path-glob.ts";

/** What a path has only beside its plain form. */
const QUERY_OR_ESCAPE = /[?#%]/;

/**
 * Paths that match one of some patterns. `has` takes time by the length of the path times that of all starred patterns, in words of 32
 * characters, whatever they are: anybody may choose the path, and the administrator of one site its patterns.
 */
export class PathSet {
  /** Of patterns without stars. */
  readonly #exact = new Set<string>();
  readonly #globs: GlobAutomaton | undefined;

  /** Ignores a text that is no pattern. */
  constructor(patterns: readonly string[]) {
    const globs = patterns.map(parsePathGlob).filter((glob) => glob !== undefined);
    const starred = globs.filter(hasStar);
    for (const glob of globs) if (!hasStar(glob)) this.#exact.add(literalText(glob));
    if (starred.length > 0) this.#globs = new GlobAutomaton(starred);
  }

  /** Also takes a path by its plain form: without a query, and percent-decoded. */
  has(path: string): boolean {
    return this.#matches(path) || (QUERY_OR_ESCAPE.test(path) && this.#matches(plainForm(path)));
  }

  #matches(path: string): boolean {
    return this.#exact.has(path) || this.#globs?.matches(path) === true;
  }
}

/** Whether a pattern costs time by its length. */
export function isStarred(pattern: string): boolean {
  const glob = parsePathGlob(pattern);
  return glob !== undefined && hasStar(glob);
}

function hasStar(glob: PathGlob): boolean {
  return glob.some(({ kind }) => kind !== "character");
}

function literalText(glob: PathGlob): string {
  return glob.map((step) => (step.kind === "character" ? step.character : "")).join("");
}

function plainForm(path: string): string {
  const bare = path.replace(/[?#].*$/s, "");
  try {
    return decodeURIComponent(bare);
  } catch {
    return bare;
  }
}
