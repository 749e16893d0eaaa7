import { describe, expect, test } from "bun:test";
import { BatchSize } from "../../src/consume/batch-tuning.ts";

/** Counts the batches of the largest size until the limit is lifted. */
function batchesUntilFull(size: BatchSize, tookMs: number): number {
  for (let batches = 1; batches <= 1_000; batches += 1) {
    if (size.stored(size.entriesMax, tookMs)) return batches;
  }
  return Number.POSITIVE_INFINITY;
}

describe("BatchSize", () => {
  test("limits nothing at first", () => {
    expect(new BatchSize().entriesMax).toBe(Number.POSITIVE_INFINITY);
  });

  test.each([
    [1, [10_000]],
    [2, [10_000, 5_000]],
    [16, [10_000, 5_000, 2_500, 1_250, 625, 312, 156, 78, 39, 19, 9, 4, 2, 1, 1, 1]],
  ])("halves %d times, down to one entry", (times, expected) => {
    const size = new BatchSize();
    const sizes: number[] = [];
    for (let entries = 20_000; sizes.length < times; entries = size.entriesMax) {
      size.tooLarge(entries);
      sizes.push(size.entriesMax);
    }
    expect(sizes).toEqual(expected);
  });

  test("halves the size that failed, not the limit", () => {
    const size = new BatchSize();
    size.tooLarge(20_000);
    size.tooLarge(100);
    expect(size.entriesMax).toBe(50);
  });

  test("tells the first limit from later ones, until it is lifted", () => {
    const size = new BatchSize();
    expect([size.tooLarge(100), size.tooLarge(50)]).toEqual([true, false]);
    batchesUntilFull(size, 10);
    expect(size.tooLarge(100)).toBe(true);
  });

  test.each([
    ["quick", 100, 8],
    ["slow", 5_000, Number.POSITIVE_INFINITY],
  ])("grows while batches are quick: %s", (_, tookMs, batches) => {
    const size = new BatchSize();
    size.tooLarge(1_000);
    expect(batchesUntilFull(size, tookMs)).toBe(batches);
  });

  test("does not grow by batches below the limit", () => {
    const size = new BatchSize();
    size.tooLarge(1_000);
    for (let batches = 0; batches < 100; batches += 1) size.stored(499, 10);
    expect(size.entriesMax).toBe(500);
  });

  test("needs quick batches in a row to grow", () => {
    const size = new BatchSize();
    size.tooLarge(1_000);
    for (let batch = 0; batch < 100; batch += 1) size.stored(500, batch % 7 === 0 ? 5_000 : 10);
    expect(size.entriesMax).toBe(500);
  });
});
