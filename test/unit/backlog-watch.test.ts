import { describe, expect, test } from "bun:test";
import { BacklogWatch } from "../../src/health/backlog-watch.ts";
import type { Backlog } from "../../src/stream/inspect/read-backlog.ts";

function backlog(entries: number, finished: string): Backlog {
  return {
    entries,
    pending: 0,
    finished,
    oldestId: undefined,
    lagMs: 0,
    idsAheadMs: 0,
    isExhausted: false,
    length: entries,
  };
}

/** How long no entry was finished, after observations two seconds apart. */
function stillAfter(observations: readonly (Backlog | undefined)[]): number {
  const watch = new BacklogWatch();
  for (const [index, each] of observations.entries())
    watch.observe(each, 1_000_000 + index * 2_000);
  return watch.stillForMs;
}

describe("a watched backlog", () => {
  test("is still while none of its entries is finished", () => {
    expect(stillAfter([])).toBe(0);
    expect(stillAfter([backlog(1, "5")])).toBe(0);
    expect(stillAfter([backlog(1, "5"), backlog(1, "5"), backlog(3, "5")])).toBe(4_000);
  });

  test("is not still once an entry is finished", () => {
    expect(stillAfter([backlog(3, "5"), backlog(3, "5"), backlog(9, "6")])).toBe(0);
  });

  test("is not still when it is empty", () => {
    expect(stillAfter([backlog(1, "5"), backlog(1, "5"), backlog(0, "5")])).toBe(0);
    expect(stillAfter([backlog(0, "5"), backlog(0, "5"), backlog(0, "5")])).toBe(0);
  });

  test("keeps its time while Redis is away", () => {
    const still = backlog(1, "5");
    expect(stillAfter([still, still, undefined, undefined])).toBe(2_000);
    expect(stillAfter([still, still, undefined, still])).toBe(4_000);
  });

  test("is at least as old as it was observed to be", () => {
    const watch = new BacklogWatch();
    const ageAt = (oldestId: string | undefined, lagMs: number, atMs: number) => {
      const seen = { ...backlog(2, "5"), oldestId, lagMs };
      watch.observe(seen, atMs);
      return watch.aged(seen).lagMs;
    };
    expect(ageAt("4102444800000-0", 0, 1_000)).toBe(0);
    expect(ageAt("4102444800000-0", 0, 3_000)).toBe(2_000);
    expect(ageAt("4102444800000-0", 9_000, 4_000)).toBe(9_000);
    expect(ageAt("4102444800000-1", 0, 5_000)).toBe(0);
    expect(ageAt(undefined, 0, 7_000)).toBe(0);
    expect(ageAt("5-0", 0.25, 7_000)).toBe(0);
    expect(ageAt("5-0", 0.25, 7_001.75)).toBe(2);
  });

  test("ages by 5 seconds while the process is suspended", () => {
    const watch = new BacklogWatch();
    watch.observe(backlog(1, "5"), 0);
    watch.observe(backlog(1, "5"), 3_600_000);
    expect(watch.stillForMs).toBe(5_000);
  });
});
