/** The tests that must fail on a mutant: a chaos test or test files. */
export type Course = ChaosCourse | TestCourse;

export interface TestCourse {
  readonly name: string;
  /** Paths from the root. */
  readonly tests: readonly string[];
}

export interface ChaosCourse {
  readonly name: string;
  /** Tried in sequence until one fails. */
  readonly seeds: readonly number[];
  readonly minutes: number;
  /** As `--faults` of the chaos test; empty for all. */
  readonly faults: string;
}

export interface Mutant {
  readonly name: string;
  /** The promise that the mutant breaks. */
  readonly promise: string;
  /** The changed file, from the root. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  readonly course: Course;
}

/**
 * Returns the source with the mutant's change.
 *
 * @throws Error when the text to replace does not occur exactly once, because the source has changed.
 */
export function mutate(source: string, { name, file, find, replace }: Mutant): string {
  const times = source.split(find).length - 1;
  if (times === 1) return source.replace(find, () => replace);
  throw new Error(`The text of mutant ${name} occurs ${times} times in ${file}, expected once`);
}
