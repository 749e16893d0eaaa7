import { afterEach, expect, setSystemTime, test } from "bun:test";
import { Stopwatch } from "../../src/async/stopwatch.ts";

const HOUR_MS = 60 * 60 * 1_000;

afterEach(() => void setSystemTime());

test("a stopwatch uses the clock that shows more time", () => {
  const stopwatch = new Stopwatch();
  const nowMs = Date.now();
  setSystemTime(nowMs + HOUR_MS);
  expect(stopwatch.elapsedMs).toBeGreaterThanOrEqual(HOUR_MS);
  setSystemTime(nowMs - HOUR_MS);
  expect(stopwatch.elapsedMs).toBeGreaterThanOrEqual(0);
});
