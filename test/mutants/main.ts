import { copyEngine } from "./engine-copy.ts";
import { MUTANTS } from "./mutants.ts";
import { runCourse } from "./run-course.ts";

/**
 * `bun run test:mutants NAME…`: breaks one promise of the engine at a time, all of them or those named, and runs the
 * mutant's course against it, which must fail: the chaos test under some faults, or test files. The same course
 * must pass on the unchanged engine. Exits with 1 when a mutant survives or the control fails.
 */
const FAILURE_CHARACTERS_MAX = 160;

const names = Bun.argv.slice(2);
const unknown = names.filter((name) => !MUTANTS.some((mutant) => mutant.name === name));
if (unknown.length > 0) {
  console.error(`There is no mutant ${unknown.join(" or ")}, but these:`);
  for (const { name, promise } of MUTANTS) console.error(`  ${name}: ${promise}`);
  process.exit(2);
}
const mutants = MUTANTS.filter(({ name }) => names.length === 0 || names.includes(name));
const isChaotic = mutants.some(({ course }) => "seeds" in course);
if (isChaotic && Bun.which("strace") === null) {
  console.error("The mutants need strace, to make Redis's disk slow: install it");
  process.exit(2);
}

const rows: string[] = [];
let isWell = true;

console.log("The engine as it is must stay green, and each mutant must not:");
{
  using control = copyEngine(undefined);
  const courses = new Map(mutants.map(({ course }) => [course.name, course]));
  for (const course of courses.values()) {
    const { failure, tookMs } = await runCourse(control.folder, course);
    if (failure !== undefined) isWell = false;
    report(["control", course.name, failure === undefined ? "green" : "RED", failure, tookMs]);
  }
}
for (const mutant of mutants) {
  using copy = copyEngine(mutant);
  const problem = typeErrorsIn(copy.folder);
  if (problem !== undefined) {
    console.error(`The mutant ${mutant.name} does not compile:\n${problem}`);
    process.exit(2);
  }
  const { failure, tookMs } = await runCourse(copy.folder, mutant.course);
  if (failure === undefined) isWell = false;
  const outcome = failure === undefined ? "LIVES" : "killed";
  report([mutant.name, mutant.course.name, outcome, failure, tookMs]);
}
console.log(["", "| engine | course | outcome | by | after |", "|---|---|---|---|---|"].join("\n"));
console.log(rows.join("\n"));
process.exit(isWell ? 0 : 1);

function report([name, course, outcome, failure, tookMs]: readonly [
  string,
  string,
  string,
  string | undefined,
  number,
]): void {
  const by = (failure ?? "").slice(0, FAILURE_CHARACTERS_MAX).replaceAll("|", "\\|");
  const row = `| ${name} | ${course} | ${outcome} | ${by} | ${Math.round(tookMs / 1_000)} s |`;
  rows.push(row);
  console.log(row);
}

/** A mutant that is no program would turn the test red for no reason. */
function typeErrorsIn(folder: string): string | undefined {
  const check = Bun.spawnSync([process.execPath, "x", "tsc", "--noEmit"], { cwd: folder });
  return check.exitCode === 0 ? undefined : check.stdout.toString();
}
