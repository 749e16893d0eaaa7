import { describe, expect, test } from "bun:test";
import { retentionHorizon } from "../../src/event/retention.ts";
import { daySpans } from "../../src/store/day-span.ts";

const nowMs = Date.parse("2026-01-31T15:30:00.000Z");

describe("retentionHorizon", () => {
  test("retentionHorizon answers the beginning of the day so many days ago", () => {
    const horizon = retentionHorizon({ retentionDays: 30, nowMs, oldestEntryMs: undefined });
    const instant = "2026-01-01T00:00:00.000Z";
    expect(horizon).toEqual({ happenedBefore: instant, receivedBefore: instant });
  });

  test("retentionHorizon goes no further than the oldest entry of the stream", () => {
    const oldestEntryMs = Date.parse("2025-12-24T18:00:00.000Z");
    const horizon = retentionHorizon({ retentionDays: 30, nowMs, oldestEntryMs });
    expect(horizon.receivedBefore).toBe("2025-12-24T18:00:00.000Z");
    const later = retentionHorizon({ retentionDays: 30, nowMs, oldestEntryMs: nowMs });
    expect(later.receivedBefore).toBe("2026-01-01T00:00:00.000Z");
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

  test("daySpans covers all of the range when there are no events", () => {
    expect(daySpans(range, [], 10)).toEqual([{ ...range, events: 0, firstId: 0n, lastId: 0n }]);
  });

  test("daySpans leaves no day out, and joins ids, when it divides", () => {
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
