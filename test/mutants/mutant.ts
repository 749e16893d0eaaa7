/** How a mutant is judged: by the chaos test, or by test files. */
export type Course = ChaosCourse | TestCourse;

/** Test files that must fail on the mutant, and pass on the engine as it is. */
export interface TestCourse {
  readonly name: string;
  /** Paths from the project's folder. */
  readonly tests: readonly string[];
}

/** A run of the chaos test: which seeds it takes, for how long, and under which faults. */
export interface ChaosCourse {
  readonly name: string;
  /** Tried one after the other until one turns red. */
  readonly seeds: readonly number[];
  readonly minutes: number;
  /** As the chaos test's `--faults`; all when it is empty. */
  readonly faults: string;
}

/** The engine with one promise broken. */
export interface Mutant {
  readonly name: string;
  /** What the engine promises, and this mutant does not keep. */
  readonly promise: string;
  /** The file of the source, from the project's folder. */
  readonly file: string;
  /** Text that stands in the file exactly once, and what takes its place. */
  readonly find: string;
  readonly replace: string;
  readonly course: Course;
}

/**
 * The mutant's text of its file, given the present one.
 *
 * @throws Error when the text to replace is not there exactly once: the source has moved on, and the mutant must.
 */
export function mutate(source: string, { name, file, find, replace }: Mutant): string {
  const times = source.split(find).length - 1;
  if (times === 1) return source.replace(find, () => replace);
  throw new Error(
    `The mutant ${name} must find its text once in ${file}, and finds it ${times} times`,
  );
}
