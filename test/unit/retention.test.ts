import { describe, expect, test } from "bun:test";
import { retentionHorizon } from "../../src/event/retention.ts";
import { daySpans } from "../../src/store/rollups/day-span.ts";

const MACHINE = { of: "the clock of this machine", ms: Date.parse("2026-01-31T15:30:00.000Z") };

describe("retentionHorizon", () => {
  test.each([
    ["2026-02-15T00:00:00.000Z", "2026-01-01T00:00:00.000Z", MACHINE.of],
    ["2026-01-31T01:00:00.000Z", "2026-01-01T00:00:00.000Z", "another"],
    ["2026-01-30T23:59:59.999Z", "2025-12-31T00:00:00.000Z", "another"],
    ["2025-12-24T18:00:00.000Z", "2025-11-24T00:00:00.000Z", "another"],
  ])("counts back from the earliest reading: %s", (instant, before, of) => {
    const other = { of: "another", ms: Date.parse(instant) };
    for (const readings of [
      [MACHINE, other],
      [other, MACHINE],
    ]) {
      const horizon = retentionHorizon(30, readings);
      expect(horizon).toMatchObject({ before, countedFrom: { of } });
    }
  });
});

describe("daySpans", () => {
  const range = { siteId: undefined, from: "-infinity", to: "infinity" };
  const day = (date: string, events: number, firstId: bigint, lastId: bigint) => ({
    date,
    events,
    firstId,
    lastId,
  });

  test("cover the whole range when there are no events", () => {
    expect(daySpans(range, [], 10)).toEqual([{ ...range, events: 0, firstId: 0n, lastId: 0n }]);
  });

  test("leave no day out and join ids when divided", () => {
    const days = [
      day("2026-02-27", 4, 20n, 30n),
      day("2026-02-28", 6, 3n, 12n),
      day("2026-03-01", 1, 31n, 31n),
      day("2026-03-09", 50, 40n, 90n),
    ];
    expect(daySpans(range, days, 10)).toEqual([
      { ...range, to: "2026-02-28", events: 10, firstId: 3n, lastId: 30n },
      { ...range, from: "2026-03-01", to: "2026-03-08", events: 1, firstId: 31n, lastId: 31n },
      { ...range, from: "2026-03-09", events: 50, firstId: 40n, lastId: 90n },
    ]);
  });
});
