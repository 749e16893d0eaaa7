import { describe, expect, test } from "bun:test";
import { warningsOf, watchDisturbance } from "../../../bench/machine/disturbance.ts";

describe("warningsOf", () => {
  test("says nothing about a quiet machine", () => {
    expect(warningsOf({ others: 0.02, stolen: 0.01 })).toEqual([]);
  });

  test("warns about other processes' share of a core", () => {
    expect(warningsOf({ others: 0.25, stolen: 0.05 })[0]).toStartWith("Others had 30 %");
  });
});

test("a watched run has the shares of other processes", () => {
  const { others, stolen } = watchDisturbance()();
  for (const share of [others, stolen]) {
    expect(share).toBeGreaterThanOrEqual(0);
    expect(share).toBeLessThanOrEqual(1);
  }
});
