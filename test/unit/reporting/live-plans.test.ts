import { expect, test } from "bun:test";
import { livePlans } from "../../../src/reporting/live/live-plans.ts";

const MINUTE_MS = 60_000;
const NOW_MS = Date.parse("2026-01-15T12:34:56.789Z");
const SETTINGS = { timeZone: "UTC", pageViewTypes: ["page_view"], goals: [], segments: [] };

test("events up to a minute ahead of the clock count as now", () => {
  const { visitors, pages, minutes, within } = livePlans("ahead.example", SETTINGS, NOW_MS);
  const ranges = [visitors.range, pages.range, minutes.range, within];
  expect(ranges.map(({ toMs }) => toMs)).toEqual(Array(4).fill(NOW_MS + MINUTE_MS));
});
