import type { TestCourse } from "./mutant.ts";
import type { CourseResult } from "./run-course.ts";

const DEADLINE_MS = 600_000;
const FAILED_TEST = /^\(fail\) (.*)$/m;
const TESTS_PASSED = /^ *([1-9]\d*) pass$/m;

/** Runs test files of a copy. Fails if no test passes: the files may be missing or skipped. */
export async function runTests(folder: string, { tests }: TestCourse): Promise<CourseResult> {
  const run = Bun.spawn(
    ["sh", "-c", 'exec "$@" 2>&1', "sh", process.execPath, "test", "--timeout", "120000", ...tests],
    { cwd: folder, stdio: ["ignore", "pipe", "ignore"], timeout: DEADLINE_MS },
  );
  const output = await new Response(run.stdout).text();
  const code = await run.exited;
  const [, failed] = FAILED_TEST.exec(output) ?? [];
  if (failed !== undefined) return { failure: failed };
  if (code !== 0) return { failure: `the test run exited with ${code}` };
  return { failure: TESTS_PASSED.test(output) ? undefined : "no test ran" };
}
