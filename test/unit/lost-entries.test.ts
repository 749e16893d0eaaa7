import { expect, test } from "bun:test";
import { lostEntries } from "../../src/stream/inspect/lost-entries.ts";
import type { StreamChange, StreamState } from "../../src/stream/inspect/stream-state.ts";

/** 100 entries appended, of which 40 are delivered. */
const STATE: StreamState = {
  epoch: "000000000001000-a",
  at: 2_000,
  run: "a",
  added: 100,
  generated: "100-0",
  deleted: "0-0",
  delivered: "40-0",
  reached: "40-0",
  read: 40,
  trusted: true,
  undelivered: 60,
  exact: true,
  window: 0,
  lastWindow: 0,
  windowAt: 0,
};

type Difference = Partial<Omit<StreamChange, "before" | "now">>;

test.each<[string, Partial<StreamState>, Partial<StreamState>, Difference, number]>([
  ["nothing changed", {}, {}, {}, 0],
  ["the stream is gone", {}, {}, { isReplaced: true, missing: 100 }, 60],
  ["an older copy lacks the last", {}, {}, { isReplaced: true, missing: 10 }, 10],
  [
    "entries were delivered just before it went",
    { window: 20, lastWindow: 15 },
    {},
    { isReplaced: true, missing: 100 },
    25,
  ],
  [
    "it went while the group was set back, uncounted",
    { reached: "90-0" },
    {},
    { isReplaced: true, missing: 100 },
    0,
  ],
  [
    "it went while the group was set back",
    { reached: "90-0", unreached: 10 },
    {},
    { isReplaced: true, missing: 100 },
    10,
  ],
  ["undelivered entries are missing", {}, { undelivered: 50 }, {}, 10],
  ["some are missing and others were appended", {}, { undelivered: 60, added: 110 }, {}, 10],
  ["the group skipped some", {}, { delivered: "70-0", reached: "70-0" }, { skipped: 5 }, 5],
  ["the group was set back", {}, { delivered: "9-0", undelivered: 91 }, { skipped: 5 }, 0],
  ["XDEL took an uncounted one", {}, { exact: false, deleted: "70-0" }, {}, 1],
  ["XDEL took a delivered one", {}, { exact: false, deleted: "30-0" }, {}, 0],
])("when %s", (_, before, now, difference, lost) => {
  const change = { isReplaced: false, missing: 0, skipped: 0, ...difference };
  const states = { before: { ...STATE, ...before }, now: { ...STATE, ...now } };
  expect(lostEntries({ ...change, ...states })).toBe(lost);
});
