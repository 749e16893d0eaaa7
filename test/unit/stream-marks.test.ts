import { describe, expect, test } from "bun:test";
import { lowWaterMark, retainedEntriesMax } from "../../src/stream/stream-marks.ts";

const LENGTHS = [1, 2, 3, 10, 1_000, 5_000_000, 1_000_000_000];

describe("lowWaterMark", () => {
  test("lowWaterMark lies below the high-water mark when that has ten entries or more", () => {
    expect(lowWaterMark(10)).toBe(9);
    expect(lowWaterMark(5_000_000)).toBe(4_500_000);
  });

  test("lowWaterMark can be undercut, and is no higher than the high-water mark, when that is small", () => {
    for (const length of LENGTHS) {
      expect(lowWaterMark(length)).toBeGreaterThanOrEqual(1);
      expect(lowWaterMark(length)).toBeLessThanOrEqual(length);
    }
  });
});

describe("retainedEntriesMax", () => {
  test("retainedEntriesMax answers what is configured when the stream has room for it", () => {
    const bounds = { streamLengthMax: 5_000_000, streamRetainEntries: 1_000 };
    expect(retainedEntriesMax(bounds)).toBe(1_000);
  });

  test("retainedEntriesMax leaves a full stream a way below its low-water mark when more is configured", () => {
    for (const streamLengthMax of LENGTHS) {
      const retained = retainedEntriesMax({ streamLengthMax, streamRetainEntries: 10_000 });
      expect(retained).toBeLessThan(lowWaterMark(streamLengthMax));
    }
  });
});
