import { expect, test } from "bun:test";
import { dateRanges } from "../../src/event/date-ranges.ts";

test.each([
  [[], []],
  [["2026-01-15"], ["2026-01-15"]],
  [["2025-12-31", "2026-01-01", "2026-01-02"], ["2025-12-31..2026-01-02"]],
  [
    ["2026-02-28", "2026-03-01", "2026-03-03"],
    ["2026-02-28..2026-03-01", "2026-03-03"],
  ],
])("returns %j as ranges", (dates, ranges) => {
  expect(dateRanges(dates)).toEqual(ranges);
});
