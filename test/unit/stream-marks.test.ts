import { describe, expect, test } from "bun:test";
import { lowWaterMark, retainedEntriesMax } from "../../src/stream/stream-marks.ts";

const LENGTHS = [1, 2, 3, 10, 1_000, 5_000_000, 1_000_000_000];

describe("lowWaterMark", () => {
  test("lies a tenth below the high-water mark", () => {
    expect(lowWaterMark(10)).toBe(9);
    expect(lowWaterMark(5_000_000)).toBe(4_500_000);
  });

  test("is between 1 and a small high-water mark", () => {
    for (const length of LENGTHS) {
      expect(lowWaterMark(length)).toBeGreaterThanOrEqual(1);
      expect(lowWaterMark(length)).toBeLessThanOrEqual(length);
    }
  });
});

describe("retainedEntriesMax", () => {
  test("is as configured when the stream has room", () => {
    const bounds = { streamLengthMax: 5_000_000, streamRetainEntries: 1_000, shards: 1 };
    expect(retainedEntriesMax(bounds)).toBe(1_000);
  });

  test("always lets a full stream reach its low-water mark", () => {
    for (const streamLengthMax of LENGTHS) {
      const bounds = { streamLengthMax, streamRetainEntries: 10_000, shards: 1 };
      const retained = retainedEntriesMax(bounds);
      expect(retained).toBeLessThan(lowWaterMark(streamLengthMax));
    }
  });
});
