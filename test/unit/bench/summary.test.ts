import { describe, expect, test } from "bun:test";
import { percentile, summaryOf } from "../../../bench/measure/summary.ts";

describe("summaryOf", () => {
  test("the median of an odd number is the middle value", () => {
    expect(summaryOf([30, 10, 200])).toEqual({ median: 30, min: 10, max: 200 });
  });

  test("the median of an even number is the mean of two", () => {
    expect(summaryOf([4, 1, 2, 100])).toEqual({ median: 3, min: 1, max: 100 });
  });

  test("throws without values", () => {
    expect(() => summaryOf([])).toThrow("Expected at least one measurement, got none");
  });
});

describe("percentile", () => {
  const hundred = Float64Array.from({ length: 100 }, (_, i) => i + 1);

  test.each([
    [0, 1],
    [0.5, 50],
    [0.99, 99],
    [0.991, 100],
    [1, 100],
  ])("of 1 to 100 at %d is %d", (share, value) => {
    expect(percentile(hundred, share)).toBe(value);
  });

  test("of one value is that value", () => {
    expect(percentile([7], 0.99)).toBe(7);
  });
});
