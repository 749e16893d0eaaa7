import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { DAY_MS } from "../../src/event/day.ts";
import { ianaZone } from "../../src/event/iana-zone.ts";
import { localDayAt } from "../../src/event/local-day.ts";

/** Time zone, moment, its local date, when this part of the date starts and ends, and when the date has ended. */
const MIDNIGHTS = `
  UTC                  2026-11-28T00:00:00.000Z 2026-11-28 2026-11-28T00:00 2026-11-29T00:00 2026-11-29T00:00
  UTC                  2026-11-28T23:59:59.999Z 2026-11-28 2026-11-28T00:00 2026-11-29T00:00 2026-11-29T00:00
  Europe/Berlin        2026-11-28T22:59:59.999Z 2026-11-28 2026-11-27T23:00 2026-11-28T23:00 2026-11-28T23:00
  Europe/Berlin        2026-11-28T23:00:00.000Z 2026-11-29 2026-11-28T23:00 2026-11-29T23:00 2026-11-29T23:00
  America/New_York     2026-11-28T04:59:59.999Z 2026-11-27 2026-11-27T05:00 2026-11-28T05:00 2026-11-28T05:00
  America/Sao_Paulo    2026-11-28T03:00:00.000Z 2026-11-28 2026-11-28T03:00 2026-11-29T03:00 2026-11-29T03:00
  Asia/Kolkata         2026-11-28T18:30:00.000Z 2026-11-29 2026-11-28T18:30 2026-11-29T18:30 2026-11-29T18:30
  Asia/Kathmandu       2026-11-28T18:14:59.999Z 2026-11-28 2026-11-27T18:15 2026-11-28T18:15 2026-11-28T18:15
  Pacific/Chatham      2026-11-28T10:15:00.000Z 2026-11-29 2026-11-28T10:15 2026-11-29T10:15 2026-11-29T10:15
  Pacific/Kiritimati   2026-11-28T10:00:00.000Z 2026-11-29 2026-11-28T10:00 2026-11-29T10:00 2026-11-29T10:00
  Pacific/Niue         2026-11-28T10:59:59.999Z 2026-11-27 2026-11-27T11:00 2026-11-28T11:00 2026-11-28T11:00
  Asia/Beirut          2026-03-28T22:00:00.000Z 2026-03-29 2026-03-28T22:00 2026-03-29T21:00 2026-03-29T21:00
  Australia/Lord_Howe  2026-10-03T13:30:00.000Z 2026-10-04 2026-10-03T13:30 2026-10-03T15:30 2026-10-04T13:00
  Australia/Lord_Howe  2026-10-03T15:30:00.000Z 2026-10-04 2026-10-03T15:30 2026-10-04T13:00 2026-10-04T13:00
  Africa/Cairo         2026-10-29T20:59:59.999Z 2026-10-29 2026-10-28T21:00 2026-10-29T21:00 2026-10-29T22:00
  Africa/Cairo         2026-10-29T21:00:00.000Z 2026-10-29 2026-10-29T21:00 2026-10-29T22:00 2026-10-29T22:00
  Pacific/Apia         2011-12-30T09:59:59.999Z 2011-12-29 2011-12-29T10:00 2011-12-30T10:00 2011-12-30T10:00
  Pacific/Apia         2011-12-30T10:00:00.000Z 2011-12-31 2011-12-30T10:00 2011-12-31T10:00 2011-12-31T10:00
  America/St_Johns     2006-10-29T02:30:30.000Z 2006-10-29 2006-10-29T02:30 2006-10-29T02:31 2006-10-30T03:30
  America/St_Johns     2006-10-29T02:31:00.000Z 2006-10-28 2006-10-29T02:31 2006-10-29T03:30 2006-10-29T03:30
`
  .trim()
  .split("\n")
  .map((line) => line.trim().split(/\s+/));

const minute = (ms: number) => new Date(ms).toISOString().slice(0, 16);

test.each(MIDNIGHTS)("in %s, %s is on %s", (timeZone = "", at = "", ...expected) => {
  const { date, startMs, endMs, dateEndMs } = localDayAt(timeZone, Date.parse(at));
  expect([date, minute(startMs), minute(endMs), minute(dateEndMs)]).toEqual(expected);
});

describe("a part of a local date", () => {
  const zones = Intl.supportedValuesOf("timeZone");
  const moment = fc.integer({ min: Date.parse("2000-01-01"), max: Date.parse("2037-01-01") });

  test("has one date, as the calendar of the zone says", () => {
    const at = fc.record({
      timeZone: fc.constantFrom(...zones),
      atMs: moment,
      part: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(at, ({ timeZone, atMs, part }) => {
        const { date, startMs, endMs, dateEndMs } = localDayAt(timeZone, atMs);
        expect(startMs <= atMs && atMs < endMs && endMs <= dateEndMs).toBe(true);
        const within = startMs + Math.floor(part * (endMs - 1 - startMs));
        const calendar = new Intl.DateTimeFormat("sv", { timeZone, dateStyle: "short" });
        for (const ms of [startMs, within, atMs, endMs - 1]) expect(calendar.format(ms)).toBe(date);
        expect(calendar.format(dateEndMs) > date).toBe(true);
        expect(dateEndMs - startMs).toBeLessThanOrEqual(DAY_MS + 3_600_000);
      }),
      { numRuns: 1_000 },
    );
  });

  test("is known in every zone that a site may have", () => {
    for (const zone of zones)
      expect(localDayAt(ianaZone(zone) ?? "", 0).startMs).toBeLessThanOrEqual(0);
  });
});
