import { expect, test } from "bun:test";
import { batchesWithoutCopy } from "../../src/consume/batch-tuning.ts";
import type { BatchOutcome } from "../../src/metrics/storing-metrics.ts";

const INSERTED: BatchOutcome = {
  way: "inserted",
  stored: 10,
  duplicates: 0,
  dead: 0,
  rejected: 0,
  poison: 0,
  lost: new Set(),
  pruned: 0,
};

/** Stores batches of new events by INSERT until COPY is allowed again. */
function batchesUntilCopy(first: number): number {
  let batches = 0;
  for (let left = first; left > 0; batches += 1) {
    left = batchesWithoutCopy(left, { triesCopy: false }, INSERTED);
  }
  return batches;
}

test.each([
  ["COPY failed", true, INSERTED, 32],
  ["an event was a repeat", false, { ...INSERTED, stored: 9, duplicates: 1 }, 32],
  ["an event was rejected", false, { ...INSERTED, way: "bisected", dead: 1 } as const, 32],
  ["everything was new", false, INSERTED, 0],
])("COPY is skipped or not after %s", (_, triesCopy, outcome, expected) => {
  expect(batchesUntilCopy(batchesWithoutCopy(0, { triesCopy }, outcome))).toBe(expected);
});
