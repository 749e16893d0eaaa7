import type { Pieces } from "../../../async/pieces.ts";
import { PIECE_STEPS } from "./piece.ts";

export interface MergedPlaces {
  /** By new place: the place in each list, -1 for none. */
  readonly first: Int32Array;
  readonly second: Int32Array;
  /** By old place: the new one. */
  readonly ofFirst: Uint32Array;
  readonly ofSecond: Uint32Array;
}

/** Merges two sorted lists. `compare` is negative when the place of the first list comes before that of the second, 0 when equal. */
export function* mergeSorted(
  firstCount: number,
  secondCount: number,
  compare: (first: number, second: number) => number,
): Pieces<MergedPlaces> {
  const merging: Merging = {
    first: new Int32Array(firstCount + secondCount).fill(-1),
    second: new Int32Array(firstCount + secondCount).fill(-1),
    ofFirst: new Uint32Array(firstCount),
    ofSecond: new Uint32Array(secondCount),
    i: 0,
    j: 0,
    count: 0,
  };
  while (merging.i < firstCount || merging.j < secondCount) {
    mergeSome(merging, compare);
    yield;
  }
  const { first, second, ofFirst, ofSecond, count } = merging;
  return { first: first.subarray(0, count), second: second.subarray(0, count), ofFirst, ofSecond };
}

interface Merging extends MergedPlaces {
  i: number;
  j: number;
  count: number;
}

function mergeSome(merging: Merging, compare: (first: number, second: number) => number): void {
  const { first, second, ofFirst, ofSecond } = merging;
  let { i, j, count } = merging;
  for (const until = count + PIECE_STEPS; count < until; count += 1) {
    if (i === ofFirst.length && j === ofSecond.length) break;
    const order = i === ofFirst.length ? 1 : j === ofSecond.length ? -1 : compare(i, j);
    if (order <= 0) {
      first[count] = i;
      ofFirst[i] = count;
      i += 1;
    }
    if (order >= 0) {
      second[count] = j;
      ofSecond[j] = count;
      j += 1;
    }
  }
  Object.assign(merging, { i, j, count });
}
