import type { Pace } from "../pace.ts";
import { GrowingInts } from "./growing.ts";

/** Counts the distinct members of each group. */
export interface Distinct {
  add(groups: Int32Array, members: Int32Array, count: number): void;
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

  counts(): Promise<Int32Array> {
    return Promise.resolve(this.#counts.values);
  }
}

/** Pairs kept before repeated ones are removed. */
const PAIRS = 4 * 1024 * 1024;
/** Pairs sorted between two looks at the time. */
const BLOCK = 128 * 1024;

/** Keeps the pairs, and sorts them by group in the end: faster than a hash table, which misses the cache for each pair. */
export class DistinctPairs implements Distinct {
  #groups: Int32Array = new Int32Array(4096);
  #members: Int32Array = new Int32Array(4096);
  #count = 0;
  #groupsEnd = 0;
  #membersEnd = 0;
  #limit = PAIRS;

  add(groups: Int32Array, members: Int32Array, count: number): void {
    if (this.#count + count > this.#limit) this.#compactNow();
    const needed = this.#count + count;
    if (needed > this.#groups.length) {
      const length = Math.max(needed, 2 * this.#groups.length);
      this.#groups = copyOf(this.#groups, length);
      this.#members = copyOf(this.#members, length);
    }
    this.#groups.set(groups.subarray(0, count), this.#count);
    this.#members.set(members.subarray(0, count), this.#count);
    this.#count = needed;
    this.#groupsEnd = Math.max(this.#groupsEnd, highest(groups, count) + 1);
    this.#membersEnd = Math.max(this.#membersEnd, highest(members, count) + 1);
  }

  async counts(pace: Pace): Promise<Int32Array> {
    const steps = this.#compact();
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done === true) return step.value;
      const paused = pace();
      if (paused !== undefined) await paused;
    }
  }

  #compactNow(): void {
    const steps = this.#compact();
    while (steps.next().done !== true);
    this.#limit = Math.max(PAIRS, 2 * this.#count);
  }

  /** Leaves each pair once, in order of the groups. Returns the number of pairs by group. */
  *#compact(): Generator<undefined, Int32Array> {
    const count = this.#count;
    const pairs = { groups: this.#groups, members: this.#members };
    const cursors = new Int32Array(this.#groupsEnd + 1);
    for (let from = 0; from < count; from += BLOCK) {
      countGroups(pairs.groups, cursors, from, Math.min(from + BLOCK, count));
      yield;
    }
    addUp(cursors);
    const sorted = new Int32Array(count);
    for (let from = 0; from < count; from += BLOCK) {
      sortByGroup(pairs, { cursors, sorted }, from, Math.min(from + BLOCK, count));
      yield;
    }
    const counts = new Int32Array(this.#groupsEnd);
    const kept = { ...pairs, count: 0, lastGroups: new Int32Array(this.#membersEnd), counts };
    for (let group = 0; group < this.#groupsEnd; ) {
      group = keepDistinct(kept, { cursors, sorted }, group);
      yield;
    }
    this.#count = kept.count;
    return counts;
  }
}

interface Pairs {
  readonly groups: Int32Array;
  readonly members: Int32Array;
}

interface Sorted {
  /** Where the next member of each group goes; in the end, where the group ends. */
  readonly cursors: Int32Array;
  readonly sorted: Int32Array;
}

// Loops stand in functions of their own: within a generator they are several times slower.

/** Leaves the number of a group's pairs in the place after the group. */
function countGroups(groups: Int32Array, counts: Int32Array, from: number, to: number): void {
  for (let at = from; at < to; at++) {
    const place = (groups[at] ?? 0) + 1;
    counts[place] = (counts[place] ?? 0) + 1;
  }
}

function addUp(counts: Int32Array): void {
  for (let at = 1; at < counts.length; at++) {
    counts[at] = (counts[at] ?? 0) + (counts[at - 1] ?? 0);
  }
}

function sortByGroup(
  { groups, members }: Pairs,
  { cursors, sorted }: Sorted,
  from: number,
  to: number,
): void {
  for (let at = from; at < to; at++) {
    const group = groups[at] ?? 0;
    const place = cursors[group] ?? 0;
    cursors[group] = place + 1;
    sorted[place] = members[at] ?? 0;
  }
}

interface Kept extends Pairs {
  count: number;
  /** Of each member the last group that it was in, plus 1. */
  readonly lastGroups: Int32Array;
  readonly counts: Int32Array;
}

/** Writes about a block of distinct pairs back. Returns the first group after it. */
function keepDistinct(kept: Kept, { cursors, sorted }: Sorted, firstGroup: number): number {
  const { groups, members, lastGroups, counts } = kept;
  let at = firstGroup === 0 ? 0 : (cursors[firstGroup - 1] ?? 0);
  const until = at + BLOCK;
  let { count } = kept;
  let group = firstGroup;
  for (; group < counts.length && at < until; group++) {
    const before = count;
    const end = cursors[group] ?? 0;
    for (; at < end; at++) {
      const member = sorted[at] ?? 0;
      if (lastGroups[member] === group + 1) continue;
      lastGroups[member] = group + 1;
      groups[count] = group;
      members[count] = member;
      count++;
    }
    counts[group] = count - before;
  }
  kept.count = count;
  return group;
}

function highest(values: Int32Array, count: number): number {
  let found = 0;
  for (let at = 0; at < count; at++) {
    const value = values[at] ?? 0;
    if (value > found) found = value;
  }
  return found;
}

function copyOf(values: Int32Array, length: number): Int32Array {
  const copy = new Int32Array(length);
  copy.set(values);
  return copy;
}
