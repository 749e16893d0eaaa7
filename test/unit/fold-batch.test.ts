import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { AnalyticsEvent } from "../../src/event/event.ts";
import { distinctInOrder, siteKey } from "../../src/store/in-key-order.ts";
import { type FoldedBatch, foldBatch } from "../../src/store/rollups/fold-batch.ts";
import { acceptedEvent, crowdedEvent } from "../support/arbitraries.ts";
import { sampleEvent } from "../support/sample-event.ts";

/** The rows of a folded batch in every table, in the order in which they are written. */
function tablesOf({ days, rollups }: FoldedBatch) {
  const tables = [
    { kind: "day", rows: days.map((day) => ({ ...day, key: "" })) },
    ...rollups.map(({ rollup, rows }) => ({ kind: rollup.kind, rows })),
  ];
  return tables.map(({ kind, rows }) =>
    rows.map(({ siteId, date, key, views }) => ({
      row: [kind, siteId, date, key].join("\0"),
      views,
    })),
  );
}

/** The tables after batches were stored one after the other, each without the events stored before. */
function store(batches: readonly (readonly AnalyticsEvent[])[]): ReadonlyMap<string, number> {
  const stored = new Set<string>();
  const sums = new Map<string, number>();
  for (const batch of batches) {
    const fresh = distinctInOrder(batch).filter(
      ({ siteId, eventId }) => !stored.has(siteKey(siteId, eventId)),
    );
    for (const { siteId, eventId } of fresh) stored.add(siteKey(siteId, eventId));
    for (const { row, views } of tablesOf(foldBatch(fresh)).flat()) {
      sums.set(row, (sums.get(row) ?? 0) + views);
    }
  }
  return sums;
}

describe("folding a batch", () => {
  test("adds nothing when there are no events", () => {
    expect(tablesOf(foldBatch([])).flat()).toEqual([]);
  });

  test("adds up the events of each row", () => {
    const dayBefore = "2026-01-14T23:59:59.999Z";
    const { days, rollups } = foldBatch([
      sampleEvent({ siteId: "b", path: "/2", userId: "u" }),
      sampleEvent({ siteId: "b", path: "/1", userId: "u" }),
      sampleEvent({ siteId: "a", path: "/1", userId: "u" }),
      sampleEvent({ siteId: "b", path: "/2", userId: "t", eventType: "click" }),
      sampleEvent({ siteId: "b", path: "/2", userId: "u", timestamp: dayBefore }),
    ]);
    const a = { siteId: "a", date: "2026-01-15" };
    const before = { siteId: "b", date: "2026-01-14" };
    const b = { siteId: "b", date: "2026-01-15" };
    expect(days).toEqual([
      { ...a, views: 1 },
      { ...before, views: 1 },
      { ...b, views: 3 },
    ]);
    expect(Object.fromEntries(rollups.map(({ rollup, rows }) => [rollup.kind, rows]))).toEqual({
      user: [
        { ...a, key: "u", views: 1 },
        { ...before, key: "u", views: 1 },
        { ...b, key: "t", views: 1 },
        { ...b, key: "u", views: 2 },
      ],
      path: [
        { ...a, key: "/1", views: 1 },
        { ...before, key: "/2", views: 1 },
        { ...b, key: "/1", views: 1 },
        { ...b, key: "/2", views: 2 },
      ],
    });
  });

  test("lists each row once, in order, and counts every event", () => {
    const events = fc.array(fc.oneof(crowdedEvent(), acceptedEvent()), { maxLength: 60 });
    fc.assert(
      fc.property(events, (batch) => {
        for (const rows of tablesOf(foldBatch(batch))) {
          const keys = rows.map(({ row }) => row);
          expect(keys).toEqual([...new Set(keys)].toSorted());
          expect(rows.reduce((sum, { views }) => sum + views, 0)).toBe(batch.length);
        }
      }),
    );
  });

  test("gives the same sums in any batches with any repeats", () => {
    const events = fc.array(crowdedEvent(), { maxLength: 40 });
    const deliveries = events.chain((sent) =>
      fc.record({
        sent: fc.constant(sent),
        batches: fc
          .tuple(
            fc.shuffledSubarray(sent, { minLength: sent.length }),
            fc.array(fc.shuffledSubarray(sent), { maxLength: 4 }),
            fc.array(fc.nat(5), { minLength: 1 }),
          )
          .map(([once, again, sizes]) => [...inBatches(once, sizes), ...again]),
      }),
    );
    fc.assert(
      fc.property(deliveries, ({ sent, batches }) => {
        expect(store(batches)).toEqual(store([distinctInOrder(sent)]));
      }),
    );
  });
});

describe("distinct events", () => {
  test("are the first of each key, sorted by site and id", () => {
    const first = sampleEvent({ siteId: "b", eventId: "00000000-0000-4000-8000-000000000001" });
    const repeat = { ...first, path: "/other" };
    const other = { ...first, siteId: "a" };
    expect(distinctInOrder([first, repeat, other])).toEqual([other, first]);
  });

  test("are the same in any order of events", () => {
    const shuffled = fc
      .array(crowdedEvent())
      .chain((events) =>
        fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length })),
      );
    fc.assert(
      fc.property(shuffled, ([events, others]) => {
        expect(distinctInOrder(others)).toEqual(distinctInOrder(events));
      }),
    );
  });
});

/** Cuts a list into batches of the given sizes, repeated; a size of 0 makes an empty batch. */
function inBatches<Item>(items: readonly Item[], sizes: readonly number[]): Item[][] {
  const batches: Item[][] = [];
  for (let start = 0, turn = 0; start < items.length; turn += 1) {
    const size = turn % 7 === 6 ? 3 : (sizes[turn % sizes.length] ?? 1);
    batches.push(items.slice(start, start + size));
    start += size;
  }
  return batches;
}
