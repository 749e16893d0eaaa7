import { describe, expect, test } from "bun:test";
import {
  RESTART_PERIOD_MS,
  RESTARTS_MAX,
  RestartBackoff,
  RestartIntensity,
} from "../../src/async/restart-policy.ts";

const HEALTHY_MS = 60_000;

describe("the delay before a restart", () => {
  test("doubles from 100 ms to 10 s after short runs", () => {
    const backoff = new RestartBackoff();
    const delays = Array.from({ length: 9 }, () => backoff.delayMsAfter(1_000));
    expect(delays).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
  });

  test("starts over after a healthy run", () => {
    const backoff = new RestartBackoff();
    backoff.delayMsAfter(1_000);
    backoff.delayMsAfter(HEALTHY_MS - 1);
    expect(backoff.delayMsAfter(HEALTHY_MS)).toBe(100);
    expect(backoff.delayMsAfter(1_000)).toBe(200);
  });
});

describe("the limit on restarts", () => {
  test("is exceeded by one restart too many in the period", () => {
    const intensity = new RestartIntensity();
    const exceeded = Array.from({ length: RESTARTS_MAX + 1 }, (_, second) =>
      intensity.exceededBy(second * 1_000),
    );
    expect(exceeded).toEqual([...Array<boolean>(RESTARTS_MAX).fill(false), true]);
  });

  test("forgets restarts after the period", () => {
    const intensity = new RestartIntensity();
    for (let times = 0; times < RESTARTS_MAX; times += 1) intensity.exceededBy(0);
    expect(intensity.exceededBy(RESTART_PERIOD_MS + 1)).toBeFalse();
  });
});
