import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BucketCounts } from "../../../src/metrics/bucket-counts.ts";

const BOUNDS = [1, 2.5, 10];

function countsOf(values: readonly number[]): BucketCounts {
  const counts = new BucketCounts(BOUNDS);
  for (const value of values) counts.observe(value);
  return counts;
}

describe("BucketCounts", () => {
  test("cumulative counts nothing in every bucket when nothing was observed", () => {
    const counts = countsOf([]);
    expect(counts.cumulative()).toEqual([
      [1, 0],
      [2.5, 0],
      [10, 0],
      ["+Inf", 0],
    ]);
    expect(counts.sum).toBe(0);
  });

  test("cumulative puts a value that equals a bound below it, and what exceeds all of them last", () => {
    const counts = countsOf([0, 1, 1.000_1, 2.5, 10, 10.1, 1e9]);
    expect(counts.cumulative()).toEqual([
      [1, 2],
      [2.5, 4],
      [10, 5],
      ["+Inf", 7],
    ]);
    expect(counts.sum).toBeCloseTo(1_000_000_024.600_1, 3);
  });

  test("cumulative counts for each bound the values that do not exceed it, whatever they are", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 20, noNaN: true })), (values) => {
        for (const [le, count] of countsOf(values).cumulative()) {
          expect(count).toBe(values.filter((value) => le === "+Inf" || value <= le).length);
        }
      }),
    );
  });
});
