import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  deliveredEntries,
  entryIdMs,
  isLaterId,
  receivedAtOf,
} from "../../src/stream/stream-entry.ts";

describe("receivedAtOf", () => {
  test("receivedAtOf answers the instant in the id when Redis made it", () => {
    expect(receivedAtOf("1768469400250-0")).toBe("2026-01-15T09:30:00.250Z");
    expect(receivedAtOf("1768469400250-17")).toBe("2026-01-15T09:30:00.250Z");
  });

  test("receivedAtOf answers an instant that PostgreSQL can store when another program chose the id", () => {
    const unsigned64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    fc.assert(
      fc.property(unsigned64, unsigned64, (ms, seq) => {
        const receivedAt = receivedAtOf(`${ms}-${seq}`);
        expect(receivedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      }),
    );
  });
});

describe("entryIdMs", () => {
  test("entryIdMs answers the milliseconds when given an id", () => {
    expect(entryIdMs("1768469400250-3")).toBe(1_768_469_400_250);
    expect(entryIdMs("0-1")).toBe(0);
  });
});

describe("isLaterId", () => {
  test("isLaterId compares numbers, the milliseconds first", () => {
    expect(isLaterId("10-0", "9-5")).toBeTrue();
    expect(isLaterId("9-10", "9-9")).toBeTrue();
    expect(isLaterId("9-9", "9-9")).toBeFalse();
    expect(isLaterId("9-9", "10-0")).toBeFalse();
    expect(isLaterId("18446744073709551615-1", "18446744073709551614-2")).toBeTrue();
  });
});

describe("deliveredEntries", () => {
  test("deliveredEntries splits entries from missing ids when some were deleted", () => {
    const delivered = deliveredEntries([
      ["1-0", ["a", "1"]],
      ["2-0", null],
      ["3-0", []],
    ]);
    expect(delivered).toEqual({
      entries: [
        { id: "1-0", flatFields: ["a", "1"] },
        { id: "3-0", flatFields: [] },
      ],
      missingIds: ["2-0"],
    });
  });
});
