import { expect, test } from "bun:test";
import { Tails } from "../../../../src/reporting/packing/tails.ts";

const MINUTE_MS = 60_000;
const NOW_MS = 1_000;

function tailsOf(rowsBySite: Readonly<Record<string, number>>): Tails {
  const tails = new Tails();
  const added = Object.entries(rowsBySite).map(([siteId, rows]) => ({ siteId, rows }));
  tails.add(added, NOW_MS);
  return tails;
}

test("the longest tail is due first, from 1,000 rows on", () => {
  const tails = tailsOf({ small: 999, long: 3_000, longer: 4_000 });
  expect(tails.due(NOW_MS)).toBe("longer");
  tails.packed("longer", { rows: 4_000, hasMore: false });
  expect(tails.due(NOW_MS)).toBe("long");
  tails.packed("long", { rows: 3_000, hasMore: false });
  expect(tails.due(NOW_MS)).toBeUndefined();
  tails.add([{ siteId: "small", rows: 1 }], NOW_MS);
  expect(tails.due(NOW_MS)).toBe("small");
});

test("a small tail is due half an hour after its first row", () => {
  const tails = tailsOf({ small: 1 });
  tails.add([{ siteId: "small", rows: 1 }], NOW_MS + 29 * MINUTE_MS);
  expect(tails.due(NOW_MS + 30 * MINUTE_MS - 1)).toBeUndefined();
  expect(tails.due(NOW_MS + 30 * MINUTE_MS)).toBe("small");
});

test("a site that has more rows stays, however many were counted", () => {
  const tails = tailsOf({ a: 1_000_000 });
  tails.packed("a", { rows: 60_000, hasMore: true });
  expect(tails.largest).toBe(940_000);
  // Counted up to a million.
  tails.packed("a", { rows: 1_200_000, hasMore: true });
  expect({ rows: tails.rows, sites: tails.sites }).toEqual({ rows: 1, sites: 1 });
  tails.packed("a", { rows: 1, hasMore: false });
  expect({ rows: tails.rows, sites: tails.sites }).toEqual({ rows: 0, sites: 0 });
});

test.each([
  ["busy", 5_000],
  ["failed", 10 * MINUTE_MS],
] as const)("a site that is %s is left for %d ms", (why, forMs) => {
  const tails = tailsOf({ a: 5_000, b: 2_000 });
  tails.postpone("a", why, NOW_MS);
  expect(tails.due(NOW_MS)).toBe("b");
  expect(tails.due(NOW_MS + forMs)).toBe("a");
  expect(tails.rows).toBe(7_000);
});

test("its age is that of the oldest tail", () => {
  const tails = tailsOf({ old: 1 });
  tails.add([{ siteId: "new", rows: 1 }], NOW_MS + 40);
  expect(tails.ageMs(NOW_MS + 50)).toBe(50);
  tails.packed("old", { rows: 1, hasMore: false });
  expect(tails.ageMs(NOW_MS + 50)).toBe(10);
  expect(new Tails().ageMs(NOW_MS)).toBe(0);
});
