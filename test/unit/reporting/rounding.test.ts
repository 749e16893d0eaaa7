import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { changeOf } from "../../../src/reporting/answer/change.ts";
import {
  roundedRate,
  roundedRatio,
  roundedSeconds,
} from "../../../src/reporting/answer/rounding.ts";

describe("a rounded value", () => {
  test.each([
    [1, 3, 0.33],
    [2, 3, 0.67],
    [1, 8, 0.13],
    [201, 200, 1.01],
    [0, 5, 0],
    [0, 0, null],
    [7, 0, null],
  ])("of %d per %d is %p", (numerator, denominator, expected) => {
    expect(roundedRatio(numerator, denominator)).toBe(expected);
  });

  test.each([
    [1, 3, 33.33],
    [2, 3, 66.67],
    [1, 1, 100],
    // 0.5 percent of a hundredth, which 1 / 20000 * 100 is below of as a double.
    [1, 20_000, 0.01],
    [1, 20_001, 0],
    // 1.005 as a double is less than 1.005.
    [201, 20_000, 1.01],
    [0, 0, null],
  ])("of %d in %d is %p percent", (part, whole, expected) => {
    expect(roundedRate(part, whole)).toBe(expected);
  });

  test.each([
    [1_499, 1, 1],
    [1_500, 1, 2],
    [2_999, 2, 1],
    [3_000, 2, 2],
    [0, 4, 0],
    [0, 0, null],
  ])("of %d ms over %d is %p seconds", (totalMs, count, expected) => {
    expect(roundedSeconds(totalMs, count)).toBe(expected);
  });

  test("is within half a hundredth, and never below a half", () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 1_000_000 }), (numerator, denominator) => {
        const hundredths = BigInt(Math.round((roundedRatio(numerator, denominator) ?? 0) * 100));
        const error = hundredths * BigInt(denominator) - 100n * BigInt(numerator);
        expect(2n * error <= BigInt(denominator) && 2n * error > -BigInt(denominator)).toBe(true);
      }),
    );
  });
});

describe("a change", () => {
  test.each([
    ["visitors", 110, 100, 10],
    ["visitors", 0, 100, -100],
    ["visitors", 5, 0, null],
    ["visitors", 0, 0, null],
    ["visitors", 201, 200, 1],
    ["visitors", 199, 200, -1],
    ["visitors", 1_009, 1_000, 1],
    ["visitors", 1_004, 1_000, 0],
    ["views_per_visit", 1.15, 1, 15],
    ["visit_duration", null, 10, null],
    ["visit_duration", 10, null, null],
    ["bounce_rate", 44.12, 45.1, -0.98],
    ["bounce_rate", 0.3, 0.1, 0.2],
    ["bounce_rate", 12.5, 0, 12.5],
    ["conversion_rate", 1, 2, -1],
  ] as const)("of %s to %p from %p is %p", (metric, now, before, expected) => {
    expect(changeOf(metric, now, before)).toBe(expected);
  });

  test("of revenue is one for each currency there was", () => {
    const now = [
      { currency: "EUR", value: "150.50" },
      { currency: "CHF", value: "1" },
    ];
    const before = [
      { currency: "EUR", value: "100" },
      { currency: "USD", value: "2.5" },
      { currency: "JPY", value: "0.00" },
      { currency: "CHF", value: "-2" },
    ];
    expect(changeOf("revenue", now, before)).toEqual([
      { currency: "EUR", change: 51 },
      { currency: "USD", change: -100 },
      { currency: "JPY", change: null },
      { currency: "CHF", change: -150 },
    ]);
    expect(changeOf("revenue", [], [])).toEqual([]);
  });
});
