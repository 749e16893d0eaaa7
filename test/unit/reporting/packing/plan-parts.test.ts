import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { groupsToMerge, partsToMerge } from "../../../../src/reporting/packing/plan-parts.ts";
import { PART_EVENTS_MAX } from "../../../../src/store/packing/chunks.ts";

const partsOf = (sizes: readonly number[]) => sizes.map((events) => ({ events }));
const times = (count: number, events: number) => Array.from({ length: count }, () => events);
const sizes = fc.array(fc.integer({ min: 1, max: PART_EVENTS_MAX }), { maxLength: 40 });

describe("a new part", () => {
  test.each([
    ["is alone without others", [], 5, 0],
    ["leaves six of its size", times(6, 10), 10, 0],
    ["takes seven of its size", times(7, 10), 10, 7],
    ["leaves larger ones before them", [900, ...times(7, 10)], 10, 7],
    ["takes the next size, too", [...times(7, 70), ...times(7, 10)], 10, 14],
    ["makes no part above the maximum", times(7, 40_000), 40_000, 0],
  ])("%s", (_, parts, events, expected) => {
    expect(partsToMerge(partsOf(parts), events)).toBe(expected);
  });

  test("rewrites an event a few times, in few parts", () => {
    let parts: number[] = [];
    let rewritten = 0;
    const added = 4_000;
    for (let part = 0; part < added; part += 1) {
      const merged = partsToMerge(partsOf(parts), 50);
      const sum = parts.slice(parts.length - merged).reduce((total, size) => total + size, 50);
      parts = [...parts.slice(0, parts.length - merged), sum];
      rewritten += sum;
      expect(sum).toBeLessThanOrEqual(PART_EVENTS_MAX);
    }
    expect(parts.reduce((total, size) => total + size)).toBe(added * 50);
    expect(parts.length).toBeLessThan(30);
    expect(rewritten / (added * 50)).toBeLessThan(5);
  });
});

test("the parts of a day that is over become as few as fit", () => {
  fc.assert(
    fc.property(sizes, (given) => {
      const parts = partsOf(given);
      const grouped = new Map(groupsToMerge(parts).map((group) => [group[0], group]));
      const merged: number[] = [];
      for (let at = 0; at < parts.length; ) {
        const group = grouped.get(parts[at]) ?? parts.slice(at, at + 1);
        expect(parts.slice(at, at + group.length)).toEqual([...group]);
        merged.push(group.reduce((sum, { events }) => sum + events, 0));
        at += group.length;
      }
      for (const [place, events] of merged.entries()) {
        expect(events).toBeLessThanOrEqual(PART_EVENTS_MAX);
        // Otherwise a prune waits for them.
        if (place > 0) expect(events + (merged[place - 1] ?? 0)).toBeGreaterThan(PART_EVENTS_MAX);
      }
    }),
  );
});
