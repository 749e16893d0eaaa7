import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isFaultName } from "../chaos/schedule.ts";
import { mutate } from "../mutants/mutant.ts";
import { MUTANTS } from "../mutants/mutants.ts";

const PROJECT = join(import.meta.dir, "..", "..");

describe("mutants apply to the source", () => {
  for (const mutant of MUTANTS) {
    test(mutant.name, () => {
      const source = readFileSync(join(PROJECT, mutant.file), "utf8");
      const mutated = mutate(source, mutant);
      expect(mutated).not.toBe(source);
      if (!mutant.file.endsWith(".ts")) return;
      new Bun.Transpiler({ loader: "ts" }).transformSync(mutated);
    });
  }

  test("mutate throws unless the text occurs exactly once", () => {
    const mutant = { ...firstOf(MUTANTS), find: "once" };
    expect(() => mutate("never", mutant)).toThrow("occurs 0 times");
    expect(() => mutate("once and once", mutant)).toThrow("occurs 2 times");
  });
});

test("the faults of every course exist", () => {
  const parts = MUTANTS.flatMap(({ course }) =>
    "faults" in course ? course.faults.split(",") : [],
  );
  expect(parts.filter((part) => !isFaultName(part))).toEqual([]);
});

test("the test files of every course exist", () => {
  const files = MUTANTS.flatMap(({ course }) => ("tests" in course ? course.tests : []));
  expect(files.filter((file) => !existsSync(join(PROJECT, file)))).toEqual([]);
});

function firstOf<Thing>([first]: readonly Thing[]): Thing {
  if (first === undefined) throw new Error("Expected an element");
  return first;
}
