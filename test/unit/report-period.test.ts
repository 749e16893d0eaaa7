import { describe, expect, test } from "bun:test";
import { lastPeriod } from "../../src/cli/report/report-period.ts";

describe("the last period that is over", () => {
  test.each([
    ["day", "2026-01-15T09:30:00Z", "UTC", "2026-01-14", "2026-01-14"],
    ["day", "2026-01-15T23:30:00Z", "Europe/Berlin", "2026-01-15", "2026-01-15"],
    ["week", "2026-01-15T09:30:00Z", "UTC", "2026-01-05", "2026-01-11"],
    ["week", "2026-01-12T00:00:00Z", "UTC", "2026-01-05", "2026-01-11"],
    ["week", "2026-01-12T00:00:00Z", "America/New_York", "2025-12-29", "2026-01-04"],
    ["month", "2026-03-31T09:30:00Z", "UTC", "2026-02-01", "2026-02-28"],
    ["month", "2026-01-01T00:00:00Z", "UTC", "2025-12-01", "2025-12-31"],
  ] as const)("of a %s at %s in %s is from %s to %s", (period, now, zone, from, to) => {
    expect(lastPeriod(period, Date.parse(now), zone)).toEqual({ from, to });
  });
});
