import { expect, test } from "bun:test";
import { Pacer, restMs } from "../../../../src/reporting/packing/pace.ts";

const MINUTE_MS = 60_000;
const SOME = 1_000;
const MANY = 60_000;

/** Asks once a minute from `startMs` on. */
function paces(
  backlogs: readonly (number | undefined)[],
  largestTail: number,
  startMs = 5,
): string[] {
  const pacer = new Pacer();
  return backlogs.map((backlog, minute) =>
    pacer.next(backlog, largestTail, startMs + minute * MINUTE_MS),
  );
}

test("packs at half of a core without a backlog", () => {
  expect(paces([0, 50_000, undefined], MANY)).toEqual(["half", "half", "half"]);
});

test("waits ten minutes for a backlog, then packs at a tenth", () => {
  const ten = Array.from({ length: 10 }, () => "none");
  expect(
    paces(
      Array.from({ length: 12 }, () => MANY),
      SOME,
    ),
  ).toEqual([...ten, "tenth", "tenth"]);
});

test("waits anew for the next backlog", () => {
  const backlogs = [...Array.from({ length: 9 }, () => MANY), SOME, MANY];
  expect(paces(backlogs, SOME).slice(8)).toEqual(["none", "half", "none"]);
});

test("does not wait once a tail has a million rows", () => {
  expect(paces([MANY], 999_999)).toEqual(["none"]);
  expect(paces([MANY], 1_000_000)).toEqual(["tenth"]);
});

test("rests nine times as long as it worked at a tenth", () => {
  expect(restMs("tenth", 100)).toBe(900);
  expect(restMs("half", 100)).toBe(100);
});
