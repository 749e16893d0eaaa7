import { copyEngine } from "./engine-copy.ts";
import { MUTANTS } from "./mutants.ts";
import { runCourse } from "./run-course.ts";

/**
 * `bun run test:mutants [NAME…]`: breaks one promise of the engine at a time and runs the mutant's course, a chaos test or test
 * files, which must fail. The unchanged engine must pass every course. Exits with 1 when a mutant survives or the control fails.
 */
const FAILURE_CHARACTERS_MAX = 160;

const names = Bun.argv.slice(2);
const unknown = names.filter((name) => !MUTANTS.some((mutant) => mutant.name === name));
if (unknown.length > 0) {
  console.error(`Unknown mutant ${unknown.join(", ")}. Known mutants:`);
  for (const { name, promise } of MUTANTS) console.error(`  ${name}: ${promise}`);
  process.exit(2);
}
const mutants = MUTANTS.filter(({ name }) => names.length === 0 || names.includes(name));
const usesChaos = mutants.some(({ course }) => "seeds" in course);
if (usesChaos && Bun.which("strace") === null) {
  console.error("Install strace, which makes the disk of Redis slow");
  process.exit(2);
}

const rows: string[] = [];
let isGreen = true;

console.log("The unchanged engine must pass, and every mutant must fail:");
{
  using control = copyEngine(undefined);
  const courses = new Map(mutants.map(({ course }) => [course.name, course]));
  for (const course of courses.values()) {
    const { failure, tookMs } = await runCourse(control.folder, course);
    if (failure !== undefined) isGreen = false;
    report(["control", course.name, failure === undefined ? "passed" : "FAILED", failure, tookMs]);
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
  if (failure === undefined) isGreen = false;
  const outcome = failure === undefined ? "SURVIVED" : "killed";
  report([mutant.name, mutant.course.name, outcome, failure, tookMs]);
}
console.log(["", "| engine | course | outcome | by | after |", "|---|---|---|---|---|"].join("\n"));
console.log(rows.join("\n"));
process.exit(isGreen ? 0 : 1);

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

/** A mutant that does not compile would fail every test. What it leaves unused does no harm. */
function typeErrorsIn(folder: string): string | undefined {
  const unused = ["--noUnusedLocals", "false", "--noUnusedParameters", "false"];
  const command = [process.execPath, "x", "tsc", "--noEmit", ...unused];
  const check = Bun.spawnSync(command, { cwd: folder });
  return check.exitCode === 0 ? undefined : check.stdout.toString();
}
