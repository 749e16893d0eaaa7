import { expect, test } from "bun:test";
import { DistinctPairs } from "../../../../src/reporting/fold/ids/distinct-pairs.ts";

const pace = () => undefined;
const SPAN = 16_384;

test("counts distinct pairs, however often they repeat", async () => {
  const distinct = new DistinctPairs();
  const groups = Int32Array.from({ length: SPAN }, (_, at) => at % 7);
  const members = Int32Array.from({ length: SPAN }, (_, at) => at % 1_000);
  // Twice the pairs that it keeps.
  for (let span = 0; span < 512; span++) {
    distinct.add(groups, members, SPAN);
    await distinct.compact(pace);
  }
  distinct.add(Int32Array.of(9), Int32Array.of(123_456), 1);
  const counts = await distinct.counts(pace);
  expect([...counts]).toEqual([...Array.from({ length: 7 }, () => 1_000), 0, 0, 1]);
});
