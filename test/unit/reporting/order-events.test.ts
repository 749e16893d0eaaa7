import { expect, test } from "bun:test";
import { orderEvents } from "../../../src/reporting/export/order-events.ts";

function order(times: readonly number[], users: readonly string[], tied: readonly string[]) {
  const distinct = [...new Set(users)].toSorted();
  const bytes = distinct.map((user) => Buffer.from(user));
  let end = 0;
  const day = {
    count: times.length,
    times: Uint32Array.from(times),
    users: new Uint32Array(0),
    userIndex: Uint32Array.from(users, (user) => distinct.indexOf(user)),
    userTexts: {
      bytes: Buffer.concat(bytes),
      ends: Uint32Array.from(bytes, ({ length }) => (end += length)),
    },
    texts: {},
  };
  const tiedUsers = Buffer.from(tied.map((user) => `${user}\0`).join(""));
  return [...orderEvents(day, { tiedUsers })];
}

test.each([
  ["nothing shares an instant", [1, 2, 3], ["a", "b", "a"], [], [0, 1, 2]],
  ["one user shares it with itself", [1, 1, 2], ["a", "a", "b"], [], [0, 1, 2]],
  ["users share it", [1, 1, 2], ["a", "ü", "b"], ["ü", "a"], [1, 0, 2]],
  [
    "a user has several events at it",
    [1, 1, 1, 1, 5, 5],
    ["a", "a", "b", "b", "a", "b"],
    ["b", "a", "b", "a", "b", "a"],
    [2, 0, 3, 1, 5, 4],
  ],
])("puts events in the order of their ids where %s", (_, times, users, tied, expected) => {
  expect(order(times, users, tied)).toEqual(expected);
});
