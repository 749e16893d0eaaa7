import { describe, expect, test } from "bun:test";
import { BatchLimit } from "../../src/consume/batch-tuning.ts";

/** Counts the batches of the largest size until the limit is lifted. */
function batchesUntilFull(limit: BatchLimit, tookMs: number): number {
  for (let batches = 1; batches <= 1_000; batches += 1) {
    if (limit.stored(limit.entriesMax, tookMs)) return batches;
  }
  return Number.POSITIVE_INFINITY;
}

describe("BatchLimit", () => {
  test.each([
    [1, [10_000]],
    [2, [10_000, 5_000]],
    [16, [10_000, 5_000, 2_500, 1_250, 625, 312, 156, 78, 39, 19, 9, 4, 2, 1, 1, 1]],
  ])("halves %d times, down to one entry", (times, expected) => {
    const limit = new BatchLimit(20_000);
    const sizes = [limit.entriesMax];
    while (sizes.length < times) {
      limit.tooLarge(limit.entriesMax);
      sizes.push(limit.entriesMax);
    }
    expect(sizes).toEqual(expected);
  });

  test("halves the size that failed, not the limit", () => {
    const limit = new BatchLimit(20_000);
    limit.tooLarge(100);
    expect(limit.entriesMax).toBe(50);
  });

  test.each([
    ["quick", 100, 8],
    ["slow", 5_000, Number.POSITIVE_INFINITY],
  ])("grows while batches are quick: %s", (_, tookMs, batches) => {
    expect(batchesUntilFull(new BatchLimit(1_000), tookMs)).toBe(batches);
  });

  test("ends at the size of the first batch that was too large", () => {
    const limit = new BatchLimit(1_000);
    limit.tooLarge(500);
    expect(batchesUntilFull(limit, 100)).toBe(16);
  });

  test("does not grow by batches below the limit", () => {
    const limit = new BatchLimit(1_000);
    for (let batches = 0; batches < 100; batches += 1) limit.stored(499, 10);
    expect(limit.entriesMax).toBe(500);
  });

  test("needs quick batches in a row to grow", () => {
    const limit = new BatchLimit(1_000);
    for (let batch = 0; batch < 100; batch += 1) limit.stored(500, batch % 7 === 0 ? 5_000 : 10);
    expect(limit.entriesMax).toBe(500);
  });
});
