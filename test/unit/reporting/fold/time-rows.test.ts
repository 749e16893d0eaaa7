import { expect, test } from "bun:test";
import { DAY_MS } from "../../../../src/event/day.ts";
import type { FoldDay } from "../../../../src/reporting/fold/days/fold-day.ts";
import type { Span } from "../../../../src/reporting/fold/days/spans.ts";
import { TimeRows } from "../../../../src/reporting/fold/days/time-rows.ts";

const MINUTE_MS = 60_000;
const MINUTES = 2 * 24 * 60;

function spanOf(startMs: number, times: readonly number[]): Span {
  const events = { count: times.length, times: Uint32Array.from(times) };
  return { day: { startMs, events } as FoldDay, from: 0, to: times.length };
}

function rowsOf(timeRows: TimeRows, span: Span): readonly number[] {
  const rows = new Int32Array(span.to);
  timeRows.fill(span, rows);
  return [...rows];
}

test("looks at each minute a few times", () => {
  let reads = 0;
  const minutes = Array.from({ length: MINUTES }, (_, i) => i * MINUTE_MS);
  const starts = new Proxy(minutes, {
    get(target, name, receiver) {
      reads += 1;
      return Reflect.get(target, name, receiver);
    },
  });
  const range = { fromMs: 0, toMs: MINUTES * MINUTE_MS, gaps: [] };
  const timeRows = new TimeRows(range, { starts, rows: minutes.map((_, i) => i), labels: [] });
  expect(reads).toBeLessThan(10 * MINUTES);
  const times = [0, MINUTE_MS - 1, MINUTE_MS, DAY_MS - 1];
  expect(rowsOf(timeRows, spanOf(DAY_MS, times))).toEqual([1_440, 1_440, 1_441, 2_879]);
});

test("leaves out gaps and what is around the range", () => {
  const range = { fromMs: 1_000, toMs: 9_000, gaps: [{ fromMs: 3_000, toMs: 4_500 }] };
  const buckets = { starts: [0, 2_000, 4_000, 8_000], rows: [0, 1, 1, -1], labels: ["a", "b"] };
  const times = [999, 1_000, 2_000, 2_999, 3_000, 4_000, 4_500, 8_000, 9_000];
  const minusOutside = [-1, 0, 1, 1, -1, -1, 1, -1, -1];
  expect(rowsOf(new TimeRows(range, buckets), spanOf(0, times))).toEqual(minusOutside);
  const undivided = [-1, 0, 0, 0, -1, -1, 0, 0, -1];
  expect(rowsOf(new TimeRows(range, undefined), spanOf(0, times))).toEqual(undivided);
});
