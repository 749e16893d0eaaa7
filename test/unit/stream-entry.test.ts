import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { encodeEntry } from "../../src/event/entry-codec.ts";
import {
  compareEntryIds,
  deliveredEntries,
  entryIdMs,
  LAST_ENTRY_ID,
  receivedMsOf,
} from "../../src/stream/stream-entry.ts";
import { sampleEvent } from "../support/sample-event.ts";

describe("receivedMsOf", () => {
  const FIELDS = encodeEntry(sampleEvent());
  const NOW_MS = 1_768_469_400_250;
  const [EARLIER, LATER] = [NOW_MS - 5_000, NOW_MS + 5_000];
  const YEAR_2100 = `${Date.parse("2100-01-01T00:00:00Z")}-7`;
  const carrying = (...texts: readonly string[]) => [
    ...FIELDS,
    ...texts.flatMap((text) => ["received_at_ms", text]),
  ];
  const cases: [title: string, id: string, flatFields: readonly string[], receivedMs: number][] = [
    ["an id of Redis is the time", `${EARLIER}-3`, FIELDS, EARLIER],
    ["a time carried by an entry ahead counts", YEAR_2100, carrying(`${EARLIER}`), EARLIER],
    ["an entry ahead without one was received by now", YEAR_2100, FIELDS, NOW_MS],
    ["a carried time in the future is now", YEAR_2100, carrying(`${LATER}`), NOW_MS],
    ["a carried time behind the id is ignored", `${EARLIER}-0`, carrying(`${NOW_MS}`), EARLIER],
    ["a carried text is ignored", `${EARLIER}-0`, carrying("2026-01-15T09:30:00Z"), EARLIER],
    ["a carried time before 2000 is ignored", `${EARLIER}-0`, carrying("12"), EARLIER],
    ["a carried time of twenty digits is ignored", YEAR_2100, carrying("1".repeat(20)), NOW_MS],
    ["of two carried times the last one counts", YEAR_2100, carrying("1", `${EARLIER}`), EARLIER],
    ["the last possible id was received by now", LAST_ENTRY_ID, [], NOW_MS],
  ];
  for (const [title, id, flatFields, receivedMs] of cases) {
    test(title, () => expect(receivedMsOf({ id, flatFields }, NOW_MS)).toBe(receivedMs));
  }

  test("any id gives a time that PostgreSQL can store", () => {
    const unsigned64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    fc.assert(
      fc.property(unsigned64, unsigned64, (ms, seq) => {
        const receivedMs = receivedMsOf({ id: `${ms}-${seq}`, flatFields: [] });
        expect(new Date(receivedMs).toISOString()).toMatch(/^\d{4}-\d\d-\d\dT/);
      }),
    );
  });
});

describe("entryIdMs", () => {
  test("returns the milliseconds of an id", () => {
    expect(entryIdMs("1768469400250-3")).toBe(1_768_469_400_250);
    expect(entryIdMs("0-1")).toBe(0);
  });
});

test.each([
  ["10-0", "9-5"],
  ["9-10", "9-9"],
  ["18446744073709551615-1", "18446744073709551614-2"],
  ["7-9007199254740993", "7-9007199254740992"],
])("entry id %s comes after %s", (later, earlier) => {
  expect(compareEntryIds(later, earlier)).toBeGreaterThan(0);
  expect(compareEntryIds(earlier, later)).toBeLessThan(0);
  expect(compareEntryIds(later, later)).toBe(0);
});

describe("deliveredEntries", () => {
  test("splits entries from missing ids", () => {
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
