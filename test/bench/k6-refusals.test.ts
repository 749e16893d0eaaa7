import { describe, expect, test } from "bun:test";
import type { ScriptName } from "../../bench/k6-run/run-k6.ts";
import { startFaultyTarget } from "./faulty-target.ts";
import { K6, k6Run } from "./k6-program.ts";

/** k6 exits with it when a script ends the run. */
const ABORTED = 108;

const INVALID: readonly [ScriptName, Readonly<Record<string, string>>, string][] = [
  ["ingest-latency", { RATE: "many" }, 'Expected RATE to be a whole number from 1, got \\"many\\"'],
  [
    "ingest-latency",
    { DURATION: "20" },
    "Expected DURATION to be a duration such as 45s, 1m30s or 1h",
  ],
  [
    "ingest-latency",
    { TARGET: "localhost:3000" },
    "Expected TARGET to be an address such as http://",
  ],
  [
    "ingest-latency",
    { TARGET: "http://127.0.0.1:1" },
    "Expected an engine that is ready at http://127.0.0.1:1",
  ],
  ["ingest-latency", { RTAE: "5" }, "There is no setting RTAE. Rename it to RATE, or unset it"],
  [
    "ingest-stress",
    { RATE: "1000", RATE_MAX: "500" },
    "Expected RATE_MAX to be at least RATE (1000), got 500",
  ],
  ["ingest-stress", { RATE: "10" }, "Expected RATE × STEP_DURATION to be at least 1000 events"],
  ["spike", { SPIKE_RATE: "200" }, "Expected SPIKE_RATE to be above RATE (200), got 200"],
  ["soak", { DURATION: "5s" }, "Expected DURATION to be at least 10s"],
  ["backfill", { DAYS: "5000" }, "Expected DAYS to be a whole number from 1 to 366"],
];

describe.skipIf(K6 === undefined)("a load test", () => {
  test.concurrent.each([...INVALID])(
    "%s refuses %j before it sends anything",
    async (script, env, message) => {
      await using target = startFaultyTarget({});
      const { exitCode, log } = await k6Run(script, { TARGET: target.url, VUS_MAX: "10", ...env });
      expect(log).toContain(message);
      expect(exitCode).toBe(ABORTED);
      expect(target.events).toBe(0);
    },
  );

  test("says which settings it does not use", async () => {
    const env = { TARGET: "http://127.0.0.1:1", SPIKE_RATE: "5", VUS_MAX: "10" };
    const { log } = await k6Run("ingest-latency", env);
    expect(log).toContain("ingest-latency does not use SPIKE_RATE");
  });

  test("does not measure a target that refuses the events to read", async () => {
    await using target = startFaultyTarget({ eventStatus: () => 503 });
    const { exitCode, report, log } = await k6Run("stats-read", {
      TARGET: target.url,
      VUS_MAX: "10",
    });
    expect(log).toContain("The engine refused an event with status 503");
    expect(report).toContain("stats-read: nothing was measured");
    expect(exitCode).toBe(ABORTED);
  });
});
