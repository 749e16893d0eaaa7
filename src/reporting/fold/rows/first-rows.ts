import { type Pace, paused } from "../pace.ts";

export type CompareRows = (left: number, right: number) => number;

/** Rows looked at between two looks at the time. */
const BLOCK = 1_024;

/** Returns the first `limit` rows in order. Keeps only these while it looks at the others. */
export async function firstRows(
  rows: Iterable<number>,
  { limit, compare, pace }: { limit: number; compare: CompareRows; pace: Pace },
): Promise<number[]> {
  /** A heap: the row that comes last is on top. */
  const kept: number[] = [];
  let looked = 0;
  for (const row of rows) {
    looked++;
    if (looked % BLOCK === 0) {
      await paused(pace);
    }
    if (kept.length < limit) {
      kept.push(row);
      rise(kept, kept.length - 1, compare);
    } else if (limit > 0 && compare(row, kept[0] ?? row) < 0) {
      kept[0] = row;
      sink(kept, compare);
    }
  }
  return kept.toSorted(compare);
}

function rise(heap: number[], from: number, compare: CompareRows): void {
  let at = from;
  while (at > 0) {
    const above = (at - 1) >> 1;
    if (compare(heap[above] ?? 0, heap[at] ?? 0) >= 0) return;
    swap(heap, at, above);
    at = above;
  }
}

function sink(heap: number[], compare: CompareRows): void {
  let at = 0;
  for (;;) {
    const left = 2 * at + 1;
    if (left >= heap.length) return;
    const isRight = left + 1 < heap.length && compare(heap[left + 1] ?? 0, heap[left] ?? 0) > 0;
    const below = isRight ? left + 1 : left;
    if (compare(heap[at] ?? 0, heap[below] ?? 0) >= 0) return;
    swap(heap, at, below);
    at = below;
  }
}

function swap(heap: number[], left: number, right: number): void {
  const kept = heap[left] ?? 0;
  heap[left] = heap[right] ?? 0;
  heap[right] = kept;
}
