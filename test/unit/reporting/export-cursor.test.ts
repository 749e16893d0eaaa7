import { describe, expect, test } from "bun:test";
import { firstAfter, parseExportCursor } from "../../../src/reporting/export/export-cursor.ts";

const ID = "018e7c3a-2f1b-7c33-9d6b-0f2a5c1e9a10";
const AT = "2026-01-15T00:00:00.005Z";
const EVENTS = {
  count: 4,
  times: Uint32Array.of(4, 5, 5, 6),
  users: new Uint32Array(0),
  userIndex: new Uint32Array(0),
  texts: {},
};
const DAY = {
  siteId: "example.com",
  date: "2026-01-15",
  events: EVENTS,
  identified: undefined,
  passes: undefined,
};

describe("a cursor of an export", () => {
  test.each([
    [`${AT}/${ID}`, { date: "2026-01-15", time: 5, last: { eventId: ID } }],
    [`${AT}/${ID.toUpperCase()}`, { date: "2026-01-15", time: 5, last: { eventId: ID } }],
    [`${AT}/2`, { date: "2026-01-15", time: 5, last: { count: 2 } }],
  ])("%s names the last event", (text, cursor) => {
    expect(parseExportCursor(text)).toEqual(cursor);
  });

  test.each([
    "",
    AT,
    `${AT}/`,
    `${AT}/x`,
    `2026-02-30T00:00:00.000Z/1`,
    `2026-01-15/${ID}`,
    `${AT}/-1`,
  ])("%j names none", (text) => {
    expect(parseExportCursor(text)).toBeUndefined();
  });

  test.each([
    ["before all", `2026-01-15T00:00:00.000Z/0`, 0],
    ["behind the first of an instant", `${AT}/b`, 2],
    ["behind one that is gone", `${AT}/bb`, 2],
    ["behind the last", "2026-01-15T23:00:00.000Z/z", 4],
  ])("goes on %s", (_, text, place) => {
    const [timestamp = "", eventId = ""] = text.split("/");
    const time = Date.parse(timestamp) - Date.parse("2026-01-15");
    const cursor = { date: "2026-01-15", time, last: { eventId } };
    const identified = { idAt: (i: number) => "abcd".charAt(i), order: Uint32Array.of(0, 1, 2, 3) };
    const day = { ...DAY, identified };
    expect(firstAfter(cursor, day)).toBe(place);
  });

  test.each([
    [0, undefined, 1],
    [1, undefined, 2],
    [2, undefined, 3],
    [1, Uint8Array.of(1, 0, 1, 1), 3],
  ])("goes on after %p events of an instant without ids", (count, passes, place) => {
    const cursor = { date: "2026-01-15", time: 5, last: { count } };
    expect(firstAfter(cursor, { ...DAY, passes })).toBe(place);
  });
});
