import { expect, test } from "bun:test";
import { sumLosses } from "../../src/event/loss.ts";

const FIRST = { id: "a", foundAt: "2026-01-15T09:12:00.000Z", entries: 298, cause: "DEL" };
const SECOND = { id: "b", foundAt: "2026-01-15T09:13:00.000Z", entries: 2, cause: "XTRIM" };

test.each([
  ["nothing was lost", [], [], { entries: 0, since: null }],
  [
    "PostgreSQL has one and Redis another",
    [FIRST],
    [SECOND],
    { entries: 300, since: FIRST.foundAt },
  ],
  ["a loss is in both", [FIRST], [FIRST, SECOND], { entries: 300, since: FIRST.foundAt }],
  ["PostgreSQL is away", undefined, [SECOND], { entries: 2, since: SECOND.foundAt }],
  ["Redis is away", [FIRST], undefined, { entries: 298, since: FIRST.foundAt }],
  ["PostgreSQL is away and Redis has none", undefined, [], undefined],
  ["Redis is away and PostgreSQL has none", [], undefined, undefined],
])("sums losses when %s", (_, stored, noted, sum) => {
  expect(sumLosses(stored, noted)).toEqual(sum);
});
