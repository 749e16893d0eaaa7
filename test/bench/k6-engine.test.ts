import { describe, expect, test } from "bun:test";
import { LIMITS_EXCEEDED, SCRIPTS, type ScriptName } from "../../bench/k6-run/run-k6.ts";
import { useEngine } from "../support/engine-servers.ts";
import { K6, type K6Run, k6Run } from "./k6-program.ts";
import { SHORT } from "./short-runs.ts";

/** On a machine without CPU time, k6 rightly reports that it could not send everything. */
const ATTEMPTS = 3;

const run = useEngine();

describe.skipIf(K6 === undefined)("a short run against an engine", () => {
  test.concurrent.each([...SCRIPTS])("holds every limit: %s", async (script) => {
    let result = await runOnce(script);
    for (let attempt = 2; attempt <= ATTEMPTS && result.exitCode === LIMITS_EXCEEDED; attempt += 1)
      result = await runOnce(script);
    expect(result).toMatchObject({ exitCode: 0, log: "" });
  });
});

/** Whatever the verdict, all accepted events must be stored. */
async function runOnce(script: ScriptName): Promise<K6Run> {
  const oneRate = script === "ingest-stress" ? { RATE_MAX: "100" } : {};
  // With a slash, which is not part of the paths.
  const result = await k6Run(script, {
    ...SHORT[script],
    ...oneRate,
    TARGET: `${run.engine.url}/`,
  });
  const [, accepted = "", stored = ""] =
    /^([\d,]+) events accepted, ([\d,]+) stored$/m.exec(result.report) ?? [];
  expect(accepted).toMatch(/^[1-9]/);
  expect(stored).toBe(accepted);
  return result;
}
