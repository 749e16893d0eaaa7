import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BucketCounts } from "../../../src/metrics/bucket-counts.ts";

const BOUNDS = [1, 2.5, 10];

function countsOf(values: readonly number[]): BucketCounts {
  const counts = new BucketCounts(BOUNDS);
  for (const value of values) counts.observe(value);
  return counts;
}

describe("bucket counts", () => {
  test("are 0 before the first observation", () => {
    const counts = countsOf([]);
    expect(counts.cumulative()).toEqual([
      [1, 0],
      [2.5, 0],
      [10, 0],
      ["+Inf", 0],
    ]);
    expect(counts.sum).toBe(0);
  });

  test("include values equal to a bound", () => {
    const counts = countsOf([0, 1, 1.000_1, 2.5, 10, 10.1, 1e9]);
    expect(counts.cumulative()).toEqual([
      [1, 2],
      [2.5, 4],
      [10, 5],
      ["+Inf", 7],
    ]);
    expect(counts.sum).toBeCloseTo(1_000_000_024.600_1, 3);
  });

  test("count the values at or below each bound", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 20, noNaN: true })), (values) => {
        for (const [le, count] of countsOf(values).cumulative()) {
          expect(count).toBe(values.filter((value) => le === "+Inf" || value <= le).length);
        }
      }),
    );
  });
});
