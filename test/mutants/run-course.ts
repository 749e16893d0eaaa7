import { runChaos } from "./chaos-run.ts";
import type { Course } from "./mutant.ts";
import { runTests } from "./test-run.ts";

/** The outcome of a course: the first line that says what is wrong, undefined when it is green. */
export interface CourseResult {
  readonly failure: string | undefined;
}

/** Runs a course against the copy in `folder`; it ends at the first failure. */
export async function runCourse(
  folder: string,
  course: Course,
): Promise<CourseResult & { readonly tookMs: number }> {
  const startedAtMs = performance.now();
  const result =
    "tests" in course ? await runTests(folder, course) : await runChaos(folder, course);
  return { ...result, tookMs: performance.now() - startedAtMs };
}
