import { testedBy } from "./courses.ts";
import type { Mutant } from "./mutant.ts";

/** Break what decides who reaches the engine, and how. */
export const LISTEN_MUTANTS: readonly Mutant[] = [
  {
    name: "embedded-engine-open-to-the-network",
    promise: "an engine with its own servers listens on loopback by default",
    file: "src/config/config.ts",
    find: '? "127.0.0.1" : "0.0.0.0"',
    replace: '? "0.0.0.0" : "0.0.0.0"',
    course: testedBy("test/unit/config.test.ts"),
  },
];
