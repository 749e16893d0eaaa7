import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  TIME_UNITS,
  type TimeBuckets,
  type TimeUnit,
} from "../../../src/reporting/query/report-query.ts";
import { datesRange, instantsRange } from "../../../src/reporting/query/time/local-range.ts";
import { timeBuckets } from "../../../src/reporting/query/time/time-buckets.ts";
import { atOnce } from "../../support/at-once.ts";

const DAY_MS = 86_400_000;
/** More often than others. */
const STRANGE_ZONES =
  "America/St_Johns Antarctica/Casey Pacific/Apia Australia/Lord_Howe Africa/Casablanca Asia/Gaza America/Scoresbysund".split(
    " ",
  );
const LATER_MS = Date.parse("2030-01-01T00:00:00Z");

function iso(ms: number): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}

function rangeOf(timeZone: string, from: string, to = from) {
  return datesRange({ from, to }, timeZone);
}

function labelAt(buckets: TimeBuckets, ms: number): string | undefined {
  const piece = buckets.starts.findLastIndex((start) => start <= ms);
  return buckets.labels[buckets.rows[piece] ?? -1];
}

/** As the clock on the wall says, without arithmetic. */
function wallLabel(ms: number, unit: TimeUnit, timeZone: string): string {
  const at = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone);
  const date = at.toPlainDate();
  switch (unit) {
    case "minute":
    case "hour": {
      const minute = unit === "hour" ? 0 : at.minute;
      const time = at.toPlainDateTime().with({ minute, second: 0, millisecond: 0 });
      return `${time.toString({ smallestUnit: "second" })}${at.offset}`;
    }
    case "day":
      return date.toString();
    case "week":
      return date.subtract({ days: date.dayOfWeek - 1 }).toString();
    case "month":
      return date.with({ day: 1 }).toString();
  }
}

describe("a day", () => {
  test.each([
    ["UTC", "2026-01-15", "2026-01-15T00:00:00Z", 24],
    ["Asia/Kathmandu", "2026-01-15", "2026-01-14T18:15:00Z", 24],
    ["Asia/Kolkata", "2026-01-15", "2026-01-14T18:30:00Z", 24],
    ["Australia/Eucla", "2026-01-15", "2026-01-14T15:15:00Z", 24],
    ["Pacific/Chatham", "2026-01-15", "2026-01-14T10:15:00Z", 24],
    ["Pacific/Kiritimati", "2026-01-15", "2026-01-14T10:00:00Z", 24],
    ["Pacific/Pago_Pago", "2026-01-15", "2026-01-15T11:00:00Z", 24],
    ["Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z", 23],
    ["Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00Z", 25],
    ["America/New_York", "2026-03-08", "2026-03-08T05:00:00Z", 23],
    ["Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30:00Z", 23.5],
    ["Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00:00Z", 24.5],
    // Begins at 01:00.
    ["Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00Z", 23],
    ["Africa/Cairo", "2025-04-25", "2025-04-24T22:00:00Z", 23],
    ["America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z", 23],
    // Midnight comes twice.
    ["America/Havana", "2026-11-01", "2026-11-01T04:00:00Z", 25],
    // Skipped at the date line, and at the transition of the minute after midnight.
    ["Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z", 0],
    ["Antarctica/Casey", "2022-10-02", "2022-10-01T16:00:00Z", 21],
  ])("in %s on %s begins at %s and has %d hours", (timeZone, date, start, hours) => {
    const { fromMs, toMs, gaps } = rangeOf(timeZone, date);
    expect(iso(fromMs)).toBe(start);
    expect((toMs - fromMs) / 3_600_000).toBe(hours);
    expect(gaps).toEqual([]);
  });

  test.each([
    [
      "America/St_Johns",
      "2010-11-06",
      [
        "2010-11-06T02:30:00Z",
        "2010-11-07T02:30:00Z",
        "2010-11-07T02:31:00Z",
        "2010-11-07T03:30:00Z",
      ],
    ],
    [
      "America/St_Johns",
      "2010-11-07",
      [
        "2010-11-07T02:30:00Z",
        "2010-11-07T02:31:00Z",
        "2010-11-07T03:30:00Z",
        "2010-11-08T03:30:00Z",
      ],
    ],
    [
      "Antarctica/Casey",
      "2010-03-04",
      [
        "2010-03-03T13:00:00Z",
        "2010-03-04T13:00:00Z",
        "2010-03-04T15:00:00Z",
        "2010-03-04T16:00:00Z",
      ],
    ],
  ])("in %s on %s has two parts", (timeZone, date, ends) => {
    const { fromMs, toMs, gaps } = rangeOf(timeZone, date);
    expect([fromMs, ...gaps.flatMap((gap) => [gap.fromMs, gap.toMs]), toMs].map(iso)).toEqual(ends);
  });
});

describe("labels", () => {
  function labels(unit: TimeUnit, timeZone: string, from: string, to = from) {
    return atOnce(timeBuckets(unit, rangeOf(timeZone, from, to), { timeZone, nowMs: LATER_MS }))
      .labels;
  }

  test("of a doubled hour are two", () => {
    expect(labels("hour", "Europe/Berlin", "2026-10-25").slice(1, 5)).toEqual([
      "2026-10-25T01:00:00+02:00",
      "2026-10-25T02:00:00+02:00",
      "2026-10-25T02:00:00+01:00",
      "2026-10-25T03:00:00+01:00",
    ]);
  });

  test("of a doubled half hour are two", () => {
    expect(labels("hour", "Australia/Lord_Howe", "2026-04-05").slice(0, 4)).toEqual([
      "2026-04-05T00:00:00+11:00",
      "2026-04-05T01:00:00+11:00",
      "2026-04-05T01:00:00+10:30",
      "2026-04-05T02:00:00+10:30",
    ]);
  });

  test("of hours are the zone's, not of UTC", () => {
    expect(labels("hour", "Asia/Kathmandu", "2026-01-15").slice(0, 2)).toEqual([
      "2026-01-15T00:00:00+05:45",
      "2026-01-15T01:00:00+05:45",
    ]);
    expect(labels("minute", "UTC", "2026-01-15").at(-1)).toBe("2026-01-15T23:59:00+00:00");
  });

  test("of weeks are Mondays, also before the range", () => {
    expect(labels("week", "UTC", "2026-01-01", "2026-01-12")).toEqual([
      "2025-12-29",
      "2026-01-05",
      "2026-01-12",
    ]);
  });

  test("of months are their first days", () => {
    expect(labels("month", "UTC", "2025-12-31", "2026-02-01")).toEqual([
      "2025-12-01",
      "2026-01-01",
      "2026-02-01",
    ]);
  });

  test("have the day that a zone skipped", () => {
    expect(labels("day", "Pacific/Apia", "2011-12-29", "2011-12-31")).toEqual([
      "2011-12-29",
      "2011-12-30",
      "2011-12-31",
    ]);
    expect(labels("day", "Pacific/Apia", "2011-12-30")).toEqual(["2011-12-30"]);
    expect(labels("hour", "Pacific/Apia", "2011-12-30")).toEqual([]);
  });

  test("in St. John's follow the instants", () => {
    const found = labels("hour", "America/St_Johns", "2010-11-06", "2010-11-07");
    expect(found.slice(23, 27)).toEqual([
      "2010-11-06T23:00:00-02:30",
      "2010-11-07T00:00:00-02:30",
      "2010-11-06T23:00:00-03:30",
      "2010-11-07T00:00:00-03:30",
    ]);
  });

  test("have the date that ends before the range does", () => {
    // At 00:01 clocks go back to 23:01 of the last day of October.
    const zone = { timeZone: "America/Goose_Bay", nowMs: LATER_MS };
    const [fromMs, toMs] = [Date.parse("2009-11-01T02:59:00Z"), Date.parse("2009-11-01T03:02:00Z")];
    const range = instantsRange({ fromMs, toMs }, zone.timeZone);
    expect(atOnce(timeBuckets("month", range, zone)).labels).toEqual(["2009-10-01", "2009-11-01"]);
    const late = instantsRange({ fromMs: fromMs + 60_000, toMs }, zone.timeZone);
    expect(atOnce(timeBuckets("day", late, zone)).labels).toEqual(["2009-10-31", "2009-11-01"]);
  });
});

describe("a running series", () => {
  const timeZone = "Asia/Kolkata";
  const nowMs = Date.parse("2026-01-15T09:40:00Z");

  test.each([
    ["minute", "2026-01-15T15:10:00+05:30", "2026-01-15T15:11:00+05:30"],
    ["hour", "2026-01-15T15:00:00+05:30", "2026-01-15T16:00:00+05:30"],
    ["day", "2026-01-15", "2026-01-16T00:00:00+05:30"],
    ["week", "2026-01-12", "2026-01-19T00:00:00+05:30"],
    ["month", "2026-01-01", "2026-02-01T00:00:00+05:30"],
  ] as const)("of a %s ends with %s", (unit, last, after) => {
    const range = rangeOf(timeZone, "2026-01-01", "2026-12-31");
    const buckets = atOnce(timeBuckets(unit, range, { timeZone, nowMs }));
    expect(buckets.labels.at(-1)).toBe(last);
    expect(labelAt(buckets, Date.parse(after) - 1)).toBe(last);
    expect(labelAt(buckets, Date.parse(after))).toBeUndefined();
  });

  test("has the week of now, though the range begins later", () => {
    const clock = { timeZone: "UTC", nowMs: Date.parse("2025-01-02T12:00:00Z") };
    const range = rangeOf("UTC", "2025-01-03", "2025-01-12");
    const buckets = atOnce(timeBuckets("week", range, clock));
    expect(buckets.labels).toEqual(["2024-12-30"]);
    expect(labelAt(buckets, range.fromMs)).toBe("2024-12-30");
    expect(labelAt(buckets, Date.parse("2025-01-06T00:00:00Z"))).toBeUndefined();
  });

  test("that has not begun is empty", () => {
    for (const unit of TIME_UNITS) {
      const range = rangeOf(timeZone, "2026-02-01", "2026-02-02");
      const buckets = atOnce(timeBuckets(unit, range, { timeZone, nowMs }));
      expect(buckets.labels).toEqual([]);
      expect(labelAt(buckets, range.fromMs)).toBeUndefined();
    }
  });
});

describe("a bucket", () => {
  const zones = fc.constantFrom(...Intl.supportedValuesOf("timeZone"), ...STRANGE_ZONES);
  const instant = fc.integer({ min: Date.UTC(2000, 0, 2), max: Date.UTC(2027, 0, 1) });
  const unit = fc.constantFrom(...TIME_UNITS);

  /** Near a change of the clocks, if the zone has one later. */
  function nearChange(ms: number, timeZone: string): number {
    const at = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone);
    return at.getTimeZoneTransition("next")?.epochMilliseconds ?? ms;
  }

  test("has the label that the clock on the wall shows", () => {
    fc.assert(
      fc.property(
        zones,
        instant,
        unit,
        fc.integer({ min: -2 * DAY_MS, max: 2 * DAY_MS }),
        (timeZone, ms, of, by) => {
          const middleMs = Math.min(nearChange(ms, timeZone), LATER_MS - 9 * DAY_MS);
          const range = instantsRange(
            { fromMs: middleMs - 2 * DAY_MS, toMs: middleMs + 2 * DAY_MS },
            timeZone,
          );
          const buckets = atOnce(timeBuckets(of, range, { timeZone, nowMs: LATER_MS }));
          const atMs = Math.min(middleMs + by, range.toMs - 1);
          expect(labelAt(buckets, atMs)).toBe(wallLabel(atMs, of, timeZone));
          expect(buckets.starts[0]).toBe(range.fromMs);
          expect(
            buckets.starts.every((start, i) => i === 0 || start > (buckets.starts[i - 1] ?? 0)),
          ).toBe(true);
          expect(new Set(buckets.labels).size).toBe(buckets.labels.length);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("of a range of dates holds those dates alone", () => {
    fc.assert(
      fc.property(
        zones,
        instant,
        fc.nat({ max: 2 }),
        fc.integer({ min: -2 * DAY_MS, max: 2 * DAY_MS }),
        (timeZone, ms, days, by) => {
          const middleMs = nearChange(ms, timeZone);
          const from = wallLabel(middleMs, "day", timeZone);
          const to = Temporal.PlainDate.from(from).add({ days }).toString();
          const range = rangeOf(timeZone, from, to);
          const atMs = middleMs + by;
          const date = wallLabel(atMs, "day", timeZone);
          const isIn =
            atMs >= range.fromMs &&
            atMs < range.toMs &&
            !range.gaps.some((gap) => atMs >= gap.fromMs && atMs < gap.toMs);
          expect(isIn).toBe(date >= from && date <= to);
          const buckets = atOnce(
            timeBuckets("day", range, { timeZone, nowMs: middleMs + 9 * DAY_MS }),
          );
          if (atMs >= range.fromMs) expect(labelAt(buckets, atMs)).toBe(isIn ? date : undefined);
        },
      ),
      { numRuns: 500 },
    );
  });
});
