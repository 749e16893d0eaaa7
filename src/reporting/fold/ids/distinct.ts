import type { Pace } from "../pace.ts";
import { GrowingInts } from "./growing.ts";

/** Counts the distinct members of each group. */
export interface Distinct {
  add(groups: Int32Array, members: Int32Array, count: number): void;
  /** Frees memory. Call it between days. */
  compact(pace: Pace): Promise<void>;
  /** Returns the count by group. */
  counts(pace: Pace): Promise<Int32Array>;
}

/** For groups that never decrease, such as rows in order of time. */
export class DistinctInOrder implements Distinct {
  readonly #counts = new GrowingInts();
  /** Of each member the last group that it was in, plus 1. */
  readonly #lastGroups = new GrowingInts();

  add(groups: Int32Array, members: Int32Array, count: number): void {
    if (count === 0) return;
    const counts = this.#counts.ensure((groups[count - 1] ?? 0) + 1);
    const lastGroups = this.#lastGroups.ensure(highest(members, count) + 1);
    for (let at = 0; at < count; at++) {
      const group = groups[at] ?? 0;
      const member = members[at] ?? 0;
      if (lastGroups[member] !== group + 1) {
        lastGroups[member] = group + 1;
        counts[group] = (counts[group] ?? 0) + 1;
      }
    }
  }

  compact(): Promise<void> {
    return Promise.resolve();
  }

  counts(): Promise<Int32Array> {
    return Promise.resolve(this.#counts.values);
  }
}

function highest(values: Int32Array, count: number): number {
  let found = 0;
  for (let at = 0; at < count; at++) {
    const value = values[at] ?? 0;
    if (value > found) found = value;
  }
  return found;
}
