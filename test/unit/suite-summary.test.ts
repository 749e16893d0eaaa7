import { expect, test } from "bun:test";
import type { RunResult } from "../suite/run-tests.ts";
import { summary } from "../suite/summary.ts";

const PASSED = { exitCode: 0, pass: 3, fail: 0, failures: [], load: 2 };

test("the test run names last what failed and what took long", () => {
  const results: readonly RunResult[] = [
    ...Array.from({ length: 10 }, (_, i) => ({ ...PASSED, name: `b${i}`, tookMs: 5_000 })),
    { ...PASSED, name: "short", tookMs: 400 },
    {
      name: "test/a.test.ts",
      exitCode: 1,
      pass: 1,
      fail: 1,
      failures: ["(fail) an event > is stored [30082.91ms]"],
      tookMs: 184_900,
      load: 7.25,
    },
    // A crash, of which no test is to blame.
    { ...PASSED, name: "test/c.test.ts", exitCode: 132, pass: 0, tookMs: 900 },
  ];
  const text = summary(results);
  expect(text).toStartWith("\nThe slowest files:\n 185 s  test/a.test.ts\n   5 s  b0\n");
  expect(text).not.toContain("short");
  expect(text).toEndWith(`
test/a.test.ts exited with 1 after 185 s under a load average of 7.3:
(fail) an event > is stored [30082.91ms]

test/c.test.ts exited with 132 after 1 s under a load average of 2.0:

 34 pass
 1 fail
`);
});
