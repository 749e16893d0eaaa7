import { runChaos } from "./chaos-run.ts";
import type { Course } from "./mutant.ts";
import { runTests } from "./test-run.ts";

/** The outcome of a course. */
export interface CourseResult {
  /** The first failure; undefined when it passed. */
  readonly failure: string | undefined;
}

/** Runs a course on the copy in `folder` until the first failure. */
export async function runCourse(
  folder: string,
  course: Course,
): Promise<CourseResult & { readonly tookMs: number }> {
  const startedAtMs = performance.now();
  const result =
    "tests" in course ? await runTests(folder, course) : await runChaos(folder, course);
  return { ...result, tookMs: performance.now() - startedAtMs };
}
