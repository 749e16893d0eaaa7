import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseTimestamp, timestampType } from "../../src/event/timestamp.ts";
import { acceptedTimestamp } from "../support/arbitraries.ts";

const NOW_MS = Date.parse("2026-01-15T10:00:00.000Z");

const ACCEPTED: readonly (readonly [string, string])[] = [
  ["2026-01-15T09:30:00Z", "2026-01-15T09:30:00.000Z"],
  ["2026-01-15T09:30:00.000Z", "2026-01-15T09:30:00.000Z"],
  ["2026-01-15t09:30:00z", "2026-01-15T09:30:00.000Z"],
  ["2026-01-15t09:30:00.000z", "2026-01-15T09:30:00.000Z"],
  ["2026-01-15T09:30Z", "2026-01-15T09:30:00.000Z"],
  ["2026-01-15T09:30:00.1Z", "2026-01-15T09:30:00.100Z"],
  ["2026-01-15T09:30:00,25Z", "2026-01-15T09:30:00.250Z"],
  ["2026-01-15T09:30:00.123456789Z", "2026-01-15T09:30:00.123Z"],
  ["2026-01-15T09:30:00.999999999Z", "2026-01-15T09:30:00.999Z"],
  ["2026-01-15T09:30:00+02:00", "2026-01-15T07:30:00.000Z"],
  ["2026-01-15T09:30:00+0200", "2026-01-15T07:30:00.000Z"],
  ["2026-01-15T09:30:00+02", "2026-01-15T07:30:00.000Z"],
  ["2026-01-15T09:30:00-05:30", "2026-01-15T15:00:00.000Z"],
  ["2026-01-15T09:30:00-00:00", "2026-01-15T09:30:00.000Z"],
  ["2026-01-15T00:30:00.500+01:00", "2026-01-14T23:30:00.500Z"],
  ["2026-01-15T23:59:59.999+14:00", "2026-01-15T09:59:59.999Z"],
  ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"],
  ["2000-02-29T00:00:00Z", "2000-02-29T00:00:00.000Z"],
  ["2000-01-01T00:00:00Z", "2000-01-01T00:00:00.000Z"],
  ["1999-12-31T23:00:00-01:00", "2000-01-01T00:00:00.000Z"],
  ["2026-01-16T10:00:00Z", "2026-01-16T10:00:00.000Z"],
  ["2026-01-16T12:00:00+02:00", "2026-01-16T10:00:00.000Z"],
  ["2026-01-16T10:00:00.000999999Z", "2026-01-16T10:00:00.000Z"],
];

const MALFORMED: readonly unknown[] = [
  undefined,
  null,
  "",
  0,
  1,
  1_768_469_400,
  Number.POSITIVE_INFINITY,
  true,
  [],
  {},
  new Date(NOW_MS),
  "now",
  "today",
  "tomorrow",
  "yesterday",
  "infinity",
  "-infinity",
  "epoch",
  "1",
  "2026",
  "2026-01",
  "2026-01-15",
  "1768469400",
  "0",
  "T09:30Z",
  "15/01/2026",
  "2016-12-31T23:59:60Z",
  "Feb 30 2025",
  "15 Jan 2026 09:30 UTC",
  "Thu, 15 Jan 2026 09:30:00 GMT",
  "2026-01-15T09:30:00",
  "2026-01-15T09:30:00.000",
  "2026-01-15 09:30:00Z",
  "2026-01-15T09:30:00 Z",
  "2026-01-15T09:30:00 +02:00",
  " 2026-01-15T09:30:00Z",
  "2026-01-15T09:30:00Z ",
  "2026-01-15T09:30:00Z\n",
  "2026-01-15T09:30:00Z\0",
  "2026-01-15T09:30:00UTC",
  "2026-01-15T09:30:00[Europe/Berlin]",
  "2026-01-15T09:30:00+02:00[Europe/Berlin]",
  "2025-02-29T00:00:00Z",
  "2025-02-30T00:00:00Z",
  "2025-02-30T00:00:00.000Z",
  "1900-02-29T00:00:00Z",
  "2026-04-31T00:00:00Z",
  "2026-13-01T00:00:00Z",
  "2026-00-01T00:00:00Z",
  "2026-01-00T00:00:00Z",
  "2026-01-32T00:00:00Z",
  "2026-01-15T24:00:00Z",
  "2026-01-15T24:00:00.000Z",
  "2026-01-15T25:00:00Z",
  "2026-01-15T09:60:00Z",
  "2026-01-15T09:30:60Z",
  "2025-12-31T23:59:60Z",
  "2025-12-31T23:59:60.000Z",
  "2026-01-15T09:30:00.Z",
  "2026-01-15T09:30:00.1234567890Z",
  "2026-01-15T9:30:00Z",
  "2026-1-5T09:30:00Z",
  "26-01-15T09:30:00Z",
  "2026-01-15T09Z",
  "20260115T093000Z",
  "2026-W03-4T09:30:00Z",
  "2026-015T09:30:00Z",
  "2026-01-15T09:30:00+24:00",
  "2026-01-15T09:30:00+02:60",
  "2026-01-15T09:30:00+2",
  "2026-01-15T09:30:00+2:00",
  "2026-01-15T09:30:00+02:0",
  "2026-01-15T09:30:00+02:00:00",
  "2026-01-15T09:30:00--02:00",
  "2026-01-15T09:30:00\u221202:00",
  "２０２６-01-15T09:30:00Z",
  "+002026-01-15T09:30:00Z",
  "+002026-01-15T09:30:00.000Z",
  "-000001-01-01T00:00:00Z",
  "+275760-09-13T00:00:00.000Z",
];

const OUT_OF_RANGE: readonly string[] = [
  "0000-01-01T00:00:00Z",
  "0001-01-01T00:00:00.000Z",
  "1970-01-01T00:00:00Z",
  "1999-12-31T23:59:59Z",
  "1999-12-31T23:59:59.999Z",
  "1999-12-31T23:59:59.999999999Z",
  "2000-01-01T00:00:00+00:01",
  "2000-01-01T00:30:00+01:00",
  "2026-01-16T10:00:00.001Z",
  "2026-01-16T10:00:01Z",
  "2026-01-16T10:00:00-00:01",
  "9999-12-31T23:59:59Z",
  "9999-12-31T23:59:59-23:59",
];

describe("a timestamp", () => {
  test.each(ACCEPTED)("%s is stored as %s", (text, canonical) => {
    expect(parseTimestamp(text, NOW_MS)).toBe(canonical);
  });

  test.each(["2023", "2024"])("has the dates of the calendar in %s", (year) => {
    const twoDigits = (number: number) => String(number).padStart(2, "0");
    for (let month = 0; month <= 13; month += 1) {
      for (let day = 0; day <= 32; day += 1) {
        const text = `${year}-${twoDigits(month)}-${twoDigits(day)}T09:30:00.000Z`;
        const date = new Date(Date.UTC(Number(year), month - 1, day, 9, 30)).toISOString();
        expect(parseTimestamp(text, NOW_MS)).toBe(date === text ? text : undefined);
      }
    }
  });

  test.each(MALFORMED.map((value) => [value]))("%p is malformed", (value) => {
    expect(parseTimestamp(value, NOW_MS)).toBeUndefined();
    expect(timestampType.problem("timestamp", value)).toStartWith(
      "Expected timestamp to be an existing ISO 8601 date and time with an offset",
    );
  });

  test.each(OUT_OF_RANGE)("%s is out of range", (text) => {
    expect(parseTimestamp(text, NOW_MS)).toBeUndefined();
    expect(timestampType.problem("timestamp", text)).toStartWith(
      "Expected timestamp to be from 2000-01-01T00:00:00.000Z to 24 hours ahead of the server",
    );
  });

  test("in canonical form is stored as it is", () => {
    fc.assert(
      fc.property(acceptedTimestamp(), (canonical) => {
        expect(parseTimestamp(canonical, NOW_MS)).toBe(canonical);
      }),
    );
  });

  test("with any offset is the instant that Date computes", () => {
    const offset = fc
      .record({ sign: fc.constantFrom("+", "-"), hours: fc.nat(23), minutes: fc.nat(59) })
      .map(({ sign, hours, minutes }) => `${sign}${two(hours)}:${two(minutes)}`);
    fc.assert(
      fc.property(acceptedTimestamp(), offset, (canonical, suffix) => {
        const text = canonical.replace("Z", suffix);
        const instant = new Date(Date.parse(text)).toISOString();
        fc.pre(instant >= "2000-01-01T00:00:00.000Z");
        expect(parseTimestamp(text, NOW_MS)).toBe(instant);
      }),
    );
  });

  test("of any text is canonical or refused", () => {
    const near = fc.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?(Z|[+-]\d\d:\d\d)$/);
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), near), (text) => {
        const canonical = parseTimestamp(text, NOW_MS);
        if (canonical === undefined) return;
        expect(new Date(canonical).toISOString()).toBe(canonical);
        expect(canonical).toHaveLength(24);
      }),
    );
  });
});

function two(number: number): string {
  return String(number).padStart(2, "0");
}

test.each([
  1_768_469_400,
  "1768469400",
  1_768_469_400_000,
  "1768469400000",
  1_768_469_400.25,
  "1768469400.25",
  "1768469400000000",
  "1768469400000000000",
])("says how to convert the epoch time %p", (value) => {
  expect(parseTimestamp(value, NOW_MS)).toBeUndefined();
  expect(timestampType.problem("timestamp", value)).toContain("new Date(ms).toISOString()");
});

test.each([17, "2026", "20260115", "1768469400 s", true])("takes %p for no epoch time", (value) => {
  expect(timestampType.problem("timestamp", value)).not.toContain("new Date(ms)");
});
