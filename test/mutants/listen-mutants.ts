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
  {
    name: "public-listener-serves-metrics",
    promise: "with OPERATE_PORT, the public listener has no /metrics, /health and /swagger",
    file: "src/http/app.ts",
    find: 'if (listener !== "public") {',
    replace: "{",
    course: testedBy("test/system/operate-listener.test.ts"),
  },
  {
    name: "operate-listener-takes-events",
    promise: "the operate listener serves only what operators read",
    file: "src/http/app.ts",
    find: 'listener === "operate" && !isForOperators(',
    replace: 'listener === "operate" && isForOperators("") && !isForOperators(',
    course: testedBy("test/system/operate-listener.test.ts"),
  },
];
