import { describe, expect, test } from "bun:test";
import { secondsOf } from "../../../bench/k6/duration.ts";
import { kneeText, stepsOf } from "../../../bench/k6/knee.ts";

describe("secondsOf", () => {
  test.each([
    ["45s", 45],
    ["1m30s", 90],
    ["2h", 7_200],
    ["1h1m1s", 3_661],
  ])("reads %s as %d", (text, seconds) => {
    expect(secondsOf(text)).toBe(seconds);
  });

  test.each(["", "10", "1.5s", "30s1m", "ms"])("refuses %j", (text) => {
    expect(() => secondsOf(text)).toThrow("Expected a duration");
  });
});

describe("stepsOf", () => {
  const metric = (p99Ms: number, ok: boolean) => ({
    values: { "p(99)": p99Ms },
    thresholds: { limit: { ok } },
  });
  const metrics = {
    "http_req_duration{rate:100}": metric(3, true),
    "http_req_duration{rate:200}": metric(9, true),
    "http_req_failed{rate:200}": metric(0, false),
    "http_req_duration{rate:300}": metric(0, true), // Never sent.
  };

  test("returns whether the SLA held at each rate", () => {
    expect(stepsOf([100, 200, 300], metrics, false)).toEqual([
      { rate: 100, p99Ms: 3, held: true },
      { rate: 200, p99Ms: 9, held: false },
    ]);
  });

  test("marks the last rate as failed when the run was cut", () => {
    expect(stepsOf([100], metrics, true)).toEqual([{ rate: 100, p99Ms: 3, held: false }]);
  });
});

describe("kneeText", () => {
  const held = { rate: 100, p99Ms: 3, held: true };
  const broken = { rate: 200, p99Ms: 90, held: false };

  test.each([
    ["the last rate below the one that broke", [held, broken], "held up to 100 events a second."],
    ["to begin lower when the first broke", [broken], "begin with a lower RATE"],
    ["to go higher when none broke", [held], "raise RATE_MAX"],
  ])("names %s", (_, steps, sentence) => {
    expect(kneeText(steps)).toContain(sentence);
  });
});
