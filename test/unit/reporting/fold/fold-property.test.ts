import { expect, test } from "bun:test";
import fc from "fast-check";
import { foldReport } from "../../../../src/reporting/fold/fold-report.ts";
import { plainEvent, plan } from "../../../support/reports/fold-arbitraries.ts";
import { memorySnapshot } from "../../../support/reports/memory-snapshot.ts";
import { type NaiveRow, naiveReport } from "../../../support/reports/naive-report.ts";

const turn = { pause: () => undefined, signal: new AbortController().signal };

test("agrees with plain code on random events and plans", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(plainEvent, { maxLength: 30 }), plan, async (events, asked) => {
      const { rows, totalRows } = await foldReport(asked, memorySnapshot(events), turn);
      const expected = naiveReport(events, asked);
      expect(totalRows).toBe(expected.length);
      expect(sorted(rows)).toEqual(sorted(expected));
    }),
    { numRuns: 400 },
  );
});

function sorted(rows: readonly NaiveRow[]): string[] {
  return rows.map(({ dimensions, metrics }) => JSON.stringify([dimensions, metrics])).toSorted();
}
