import { type Pace, paused } from "../pace.ts";
import type { Distinct } from "./distinct.ts";

/** Pairs of a block. One is sorted between two looks at the time. */
const BLOCK = 64 * 1024;
/** Pairs kept before repeated ones are removed. */
const PAIRS = 4 * 1024 * 1024;

/** Keeps the pairs, and sorts them by group in the end: faster than a hash table, which misses the cache for each pair. */
export class DistinctPairs implements Distinct {
  #blocks: Block[] = [];
  #last = new Block();
  #pairsMax = PAIRS;

  add(groups: Int32Array, members: Int32Array, count: number): void {
    if (this.#last.count + count > BLOCK) {
      this.#blocks.push(this.#last);
      this.#last = new Block();
    }
    append(this.#last, groups, members, count);
  }

  async counts(pace: Pace): Promise<Int32Array> {
    const { counts } = await this.#distinct(pace);
    return counts;
  }

  async compact(pace: Pace): Promise<void> {
    if (BLOCK * this.#blocks.length < this.#pairsMax) return;
    const { counts, members, groupsEnd, membersEnd } = await this.#distinct(pace);
    const groups = new Int32Array(members.length);
    for (let group = 0, from = 0; group < counts.length; group++) {
      const to = from + (counts[group] ?? 0);
      groups.fill(group, from, to);
      from = to;
    }
    const block = new Block(groups, members);
    Object.assign(block, { count: members.length, groupsEnd, membersEnd });
    this.#blocks = [block];
    this.#last = new Block();
    this.#pairsMax = Math.max(PAIRS, 2 * members.length);
  }

  /** Returns the number of distinct pairs by group, and their members in order of the groups. */
  async #distinct(pace: Pace): Promise<DistinctMembers> {
    const blocks = [...this.#blocks, this.#last];
    const groupsEnd = Math.max(...blocks.map((block) => block.groupsEnd));
    const membersEnd = Math.max(...blocks.map((block) => block.membersEnd));
    const cursors = new Int32Array(groupsEnd + 1);
    for (const block of blocks) {
      countGroups(block, cursors);
      await paused(pace);
    }
    addUp(cursors);
    const sorted = new Int32Array(cursors[groupsEnd] ?? 0);
    for (const block of blocks) {
      sortByGroup(block, cursors, sorted);
      await paused(pace);
    }
    const counts = new Int32Array(groupsEnd);
    const kept = { counts, lastGroups: new Int32Array(membersEnd), count: 0 };
    for (let group = 0; group < groupsEnd; ) {
      group = keepDistinct(kept, { cursors, sorted }, group);
      await paused(pace);
    }
    return { counts, members: sorted.subarray(0, kept.count), groupsEnd, membersEnd };
  }
}

interface DistinctMembers {
  readonly counts: Int32Array;
  readonly members: Int32Array;
  readonly groupsEnd: number;
  readonly membersEnd: number;
}

class Block {
  readonly groups: Int32Array;
  readonly members: Int32Array;
  count = 0;
  /** One more than the highest. */
  groupsEnd = 0;
  membersEnd = 0;

  constructor(
    groups: Int32Array = new Int32Array(BLOCK),
    members: Int32Array = new Int32Array(BLOCK),
  ) {
    this.groups = groups;
    this.members = members;
  }
}

interface Sorted {
  /** Where each group ends. */
  readonly cursors: Int32Array;
  readonly sorted: Int32Array;
}

// Loops stand in functions of their own: within an asynchronous one they are several times slower.

function append(block: Block, groups: Int32Array, members: Int32Array, count: number): void {
  const { groups: ownGroups, members: ownMembers } = block;
  let { count: next, groupsEnd, membersEnd } = block;
  for (let at = 0; at < count; at++, next++) {
    const group = groups[at] ?? 0;
    const member = members[at] ?? 0;
    ownGroups[next] = group;
    ownMembers[next] = member;
    if (group >= groupsEnd) groupsEnd = group + 1;
    if (member >= membersEnd) membersEnd = member + 1;
  }
  block.count = next;
  block.groupsEnd = groupsEnd;
  block.membersEnd = membersEnd;
}

/** Leaves the number of a group's pairs in the place after the group. */
function countGroups({ groups, count }: Block, counts: Int32Array): void {
  for (let at = 0; at < count; at++) {
    const place = (groups[at] ?? 0) + 1;
    counts[place] = (counts[place] ?? 0) + 1;
  }
}

function addUp(counts: Int32Array): void {
  for (let at = 1; at < counts.length; at++) {
    counts[at] = (counts[at] ?? 0) + (counts[at - 1] ?? 0);
  }
}

/** Moves each group's cursor from its start to its end. */
function sortByGroup(
  { groups, members, count }: Block,
  cursors: Int32Array,
  sorted: Int32Array,
): void {
  for (let at = 0; at < count; at++) {
    const group = groups[at] ?? 0;
    const place = cursors[group] ?? 0;
    cursors[group] = place + 1;
    sorted[place] = members[at] ?? 0;
  }
}

interface Kept {
  readonly counts: Int32Array;
  /** Of each member the last group that it was in, plus 1. */
  readonly lastGroups: Int32Array;
  count: number;
}

/** Leaves each member once in its group, for about a block of pairs. Returns the first group that is left. */
function keepDistinct(kept: Kept, { cursors, sorted }: Sorted, firstGroup: number): number {
  const { counts, lastGroups } = kept;
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
      sorted[count] = member;
      count++;
    }
    counts[group] = count - before;
  }
  kept.count = count;
  return group;
}
