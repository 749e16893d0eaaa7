import { expect, test } from "bun:test";
import { DAY_MS, utcDate } from "../../src/event/day.ts";
import { noteHeaders } from "../../src/http/routes/export/note-headers.ts";

test("the notes of an export name days, or that there are too many", () => {
  const every = (days: number, length: number) =>
    Array.from({ length }, (_, i) => utcDate(Date.parse("2016-01-01") + i * days * DAY_MS));
  expect(noteHeaders({ daysWithoutIds: [], incompleteDays: [] })).toEqual({});
  expect(noteHeaders({ daysWithoutIds: every(1, 1_000), incompleteDays: every(2, 2) })).toEqual({
    "X-QueueFlow-Days-Without-Ids": "2016-01-01..2018-09-26",
    "X-QueueFlow-Incomplete-Days": "2016-01-01, 2016-01-03",
  });
  expect(noteHeaders({ daysWithoutIds: every(2, 1_000), incompleteDays: [] })).toEqual({
    "X-QueueFlow-Days-Without-Ids": "some from 2016-01-01 to 2021-06-21",
  });
});
