import { describe, expect, test } from "bun:test";
import {
  RESTART_PERIOD_MS,
  RESTARTS_MAX,
  RestartBackoff,
  RestartIntensity,
} from "../../src/async/restart-policy.ts";

const HEALTHY_MS = 60_000;

describe("RestartBackoff", () => {
  test("delayMsAfter doubles from 100 ms to 10 s when one short life follows another", () => {
    const backoff = new RestartBackoff();
    const delays = Array.from({ length: 9 }, () => backoff.delayMsAfter(1_000));
    expect(delays).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
  });

  test("delayMsAfter begins anew when a life was healthy", () => {
    const backoff = new RestartBackoff();
    backoff.delayMsAfter(1_000);
    backoff.delayMsAfter(HEALTHY_MS - 1);
    expect(backoff.delayMsAfter(HEALTHY_MS)).toBe(100);
    expect(backoff.delayMsAfter(1_000)).toBe(200);
  });
});

describe("RestartIntensity", () => {
  test("exceededBy tells of one restart too many within the period", () => {
    const intensity = new RestartIntensity();
    const told = Array.from({ length: RESTARTS_MAX + 1 }, (_, second) =>
      intensity.exceededBy(second * 1_000),
    );
    expect(told).toEqual([...Array<boolean>(RESTARTS_MAX).fill(false), true]);
  });

  test("exceededBy forgets a restart when the period is over", () => {
    const intensity = new RestartIntensity();
    for (let times = 0; times < RESTARTS_MAX; times += 1) intensity.exceededBy(0);
    expect(intensity.exceededBy(RESTART_PERIOD_MS + 1)).toBeFalse();
  });
});
