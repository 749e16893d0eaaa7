export interface MergedPlaces {
  /** By new place: the place in each list, -1 for none. */
  readonly first: Int32Array;
  readonly second: Int32Array;
  /** By old place: the new one. */
  readonly ofFirst: Uint32Array;
  readonly ofSecond: Uint32Array;
}

/** Merges two sorted lists. `compare` is negative when the place of the first list comes before that of the second, 0 when equal. */
export function mergeSorted(
  firstCount: number,
  secondCount: number,
  compare: (first: number, second: number) => number,
): MergedPlaces {
  const first = new Int32Array(firstCount + secondCount).fill(-1);
  const second = new Int32Array(firstCount + secondCount).fill(-1);
  const ofFirst = new Uint32Array(firstCount);
  const ofSecond = new Uint32Array(secondCount);
  let count = 0;
  for (let i = 0, j = 0; i < firstCount || j < secondCount; count += 1) {
    const order = i === firstCount ? 1 : j === secondCount ? -1 : compare(i, j);
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
  return { first: first.subarray(0, count), second: second.subarray(0, count), ofFirst, ofSecond };
}
