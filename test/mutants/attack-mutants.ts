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
  {
    name: "chunked-connection-kept",
    promise: "a trailer costs no other client a response",
    file: "src/http/app.ts",
    find: ".wrap(closingAfterChunks)",
    replace: "",
    course: testedBy("test/attack/smuggling.test.ts"),
  },
];
