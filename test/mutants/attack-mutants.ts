import { testedBy } from "./courses.ts";
import type { Mutant } from "./mutant.ts";

/** Break what an attacker would look for. */
export const ATTACK_MUTANTS: readonly Mutant[] = [
  {
    name: "install-script-trusted",
    promise: "no dependency runs a script when it is installed",
    file: "package.json",
    find: '"trustedDependencies": [],',
    replace: '"trustedDependencies": ["@scarf/scarf"],',
    course: testedBy("test/unit/lockfile.test.ts"),
  },
];
