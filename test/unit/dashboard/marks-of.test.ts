import { describe, expect, test } from "bun:test";
import { marksOf } from "../../../src/dashboard/parts/chart/marks-of.ts";

const at = (when: string) => ({ annotation_id: when, when, text: when });
const utc = { siteZone: "UTC", timeZone: "UTC" };

describe("an annotation stands in the bucket of its time", () => {
  test.each([
    ["day", ["2026-01-10", "2026-01-11"], "2026-01-11", 1],
    ["day", ["2026-01-10", "2026-01-11"], "2026-01-10T23:59", 0],
    ["day", ["2026-01-10", "2026-01-11"], "2026-01-12", undefined],
    ["day", ["2026-01-10", "2026-01-11"], "2026-01-09T23:59", undefined],
    ["week", ["2026-01-05", "2026-01-12"], "2026-01-18", 1],
    ["month", ["2026-01-01", "2026-02-01"], "2026-02-28", 1],
    ["month", ["2026-01-01", "2026-02-01"], "2026-03-01", undefined],
    ["hour", ["2026-01-10T00:00:00Z", "2026-01-10T01:00:00Z"], "2026-01-10T01:30", 1],
    ["hour", ["2026-01-10T00:00:00Z", "2026-01-10T01:00:00Z"], "2026-01-10", 0],
    ["hour", ["2026-01-10T00:00:00Z", "2026-01-10T01:00:00Z"], "2026-01-10T02:00", undefined],
  ] as const)("by %s of %p: %s", (unit, labels, when, place) => {
    const expected = place === undefined ? [] : [[place, [when]]];
    expect([...marksOf([at(when)], { labels, unit, ...utc })]).toEqual(expected as never);
  });

  test("of the site's clock, when the days are those of another zone", () => {
    const zones = { siteZone: "Europe/Berlin", timeZone: "America/New_York" };
    const annotations = [at("2026-01-11T03:00"), at("2026-01-11")];
    const marks = marksOf(annotations, {
      labels: ["2026-01-10", "2026-01-11"],
      unit: "day",
      ...zones,
    });
    expect([...marks]).toEqual([
      [0, ["2026-01-11T03:00"]],
      [1, ["2026-01-11"]],
    ]);
  });
});
