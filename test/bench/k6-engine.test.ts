import { describe, expect, test } from "bun:test";
import { SCRIPTS, type ScriptName } from "../../bench/k6-run/run-k6.ts";
import { useEngine } from "../support/engine-servers.ts";
import { K6, type K6Run, k6Run } from "./k6-program.ts";
import { SHORT } from "./short-runs.ts";

/** On a machine without CPU time, k6 rightly reports that it could not send everything, or that the engine refused its events. */
const ATTEMPTS = 3;
const TIMEOUT_MS = 300_000;

const run = useEngine();

describe.skipIf(K6 === undefined)("a short run against an engine", () => {
  test.concurrent.each([...SCRIPTS])(
    "holds every limit: %s",
    async (script) => {
      let result = await runOnce(script);
      for (let attempt = 2; attempt <= ATTEMPTS && result.exitCode !== 0; attempt += 1)
        result = await runOnce(script);
      expect(result).toMatchObject({ exitCode: 0, log: "" });
      const { accepted, stored } = countsOf(result);
      expect(accepted).toBeGreaterThan(0);
      expect(stored).toBe(accepted);
    },
    TIMEOUT_MS,
  );
});

/** Whatever the verdict, all accepted events must be stored. A request without a response may have been accepted too. */
async function runOnce(script: ScriptName): Promise<K6Run> {
  const oneRate = script === "ingest-stress" ? { RATE_MAX: "100" } : {};
  // With a slash, which is not part of the paths.
  const result = await k6Run(script, {
    ...SHORT[script],
    ...oneRate,
    TARGET: `${run.engine.url}/`,
  });
  const { accepted, stored } = countsOf(result);
  expect(stored).toBeGreaterThanOrEqual(accepted);
  return result;
}

/** Zeros when the run ended before it sent anything. */
function countsOf({ report }: K6Run): { readonly accepted: number; readonly stored: number } {
  const [, accepted = "0", stored = "0"] =
    /^([\d,]+) events accepted, ([\d,]+) stored$/m.exec(report) ?? [];
  return { accepted: numberIn(accepted), stored: numberIn(stored) };
}

function numberIn(text: string): number {
  return Number(text.replaceAll(",", ""));
}
