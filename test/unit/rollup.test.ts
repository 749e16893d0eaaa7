import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { AnalyticsEvent } from "../../src/event/event.ts";
import {
  distinctInOrder,
  eventKey,
  type Rollup,
  rollupOf,
  type SiteDayRollup,
} from "../../src/store/rollups/rollup.ts";
import { acceptedEvent, crowdedEvent } from "../support/arbitraries.ts";
import { sampleEvent } from "../support/sample-event.ts";

/** What the tables hold after batches were stored one by one, each as `consume/process-batch` does. */
function storedRollup(batches: readonly (readonly AnalyticsEvent[])[]) {
  const stored = new Set<string>();
  const users = new Set<string>();
  const paths = new Map<string, number>();
  const sites = new Map<string, number>();
  for (const batch of batches) {
    const fresh = distinctInOrder(batch).filter(
      ({ siteId, eventId }) => !stored.has(eventKey(siteId, eventId)),
    );
    for (const { siteId, eventId } of fresh) stored.add(eventKey(siteId, eventId));
    for (const day of rollupOf(fresh)) {
      const site = JSON.stringify([day.siteId, day.date]);
      for (const userId of day.users) users.add(JSON.stringify([site, userId]));
      for (const { path, views } of day.paths) add(paths, JSON.stringify([site, path]), views);
      add(sites, site, day.views);
    }
  }
  return { users, paths, sites };
}

function add(sums: Map<string, number>, key: string, views: number): void {
  sums.set(key, (sums.get(key) ?? 0) + views);
}

/** The keys of a rollup's rows in the three tables, in the order in which they are written. */
function keysOf(rollup: Rollup): readonly (readonly string[])[] {
  const keys = (listOf: (day: SiteDayRollup) => readonly string[]) =>
    rollup.flatMap((day) => listOf(day).map((key) => [day.siteId, day.date, key].join("\0")));
  return [
    keys(({ users }) => users),
    keys(({ paths }) => paths.map(({ path }) => path)),
    keys(() => [""]),
  ];
}

describe("rollupOf", () => {
  test("rollupOf answers no day when there are no events", () => {
    expect(rollupOf([])).toEqual([]);
  });

  test("rollupOf adds views and lists each user once when events share a site's day", () => {
    const events = [
      sampleEvent({ siteId: "b", path: "/2", userId: "u" }),
      sampleEvent({ siteId: "b", path: "/1", userId: "u" }),
      sampleEvent({ siteId: "a", path: "/1", userId: "u" }),
      sampleEvent({ siteId: "b", path: "/2", userId: "t", eventType: "click" }),
      sampleEvent({ siteId: "b", path: "/2", userId: "u", timestamp: "2026-01-14T23:59:59.999Z" }),
    ];
    const date = "2026-01-15";
    const dayBefore = "2026-01-14";
    expect(rollupOf(events)).toEqual([
      { siteId: "a", date, views: 1, users: ["u"], paths: [{ path: "/1", views: 1 }] },
      { siteId: "b", date: dayBefore, views: 1, users: ["u"], paths: [{ path: "/2", views: 1 }] },
      {
        siteId: "b",
        date,
        views: 3,
        users: ["t", "u"],
        paths: [
          { path: "/1", views: 1 },
          { path: "/2", views: 2 },
        ],
      },
    ]);
  });

  test("rollupOf answers sorted lists without a key twice when given any events", () => {
    const events = fc.array(fc.oneof(crowdedEvent(), acceptedEvent()), { maxLength: 60 });
    fc.assert(
      fc.property(events, (batch) => {
        for (const keys of keysOf(rollupOf(batch))) {
          expect(keys).toEqual([...new Set(keys)].toSorted());
        }
      }),
    );
  });

  test("rollupOf counts every event in each sum when given any events", () => {
    fc.assert(
      fc.property(fc.array(crowdedEvent()), (batch) => {
        const days = rollupOf(batch);
        for (const rows of [days, days.flatMap(({ paths }) => paths)]) {
          const counted = rows.reduce((total, { views }) => total + views, 0);
          expect(counted).toBe(batch.length);
        }
      }),
    );
  });

  test("rollupOf adds up to the rollup of the set when batches come in any order with any duplicates", () => {
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
        expect(storedRollup(batches)).toEqual(storedRollup([distinctInOrder(sent)]));
      }),
    );
  });
});

describe("distinctInOrder", () => {
  test("distinctInOrder keeps the first of each key in the order of site and id when keys repeat", () => {
    const first = sampleEvent({ siteId: "b", eventId: "00000000-0000-4000-8000-000000000001" });
    const repeat = { ...first, path: "/other" };
    const other = { ...first, siteId: "a" };
    expect(distinctInOrder([first, repeat, other])).toEqual([other, first]);
  });

  test("distinctInOrder answers the same when the events come in another order", () => {
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

/** Cuts a list into batches of the given sizes, over and over; a size of 0 makes an empty batch. */
function inBatches<Item>(items: readonly Item[], sizes: readonly number[]): Item[][] {
  const batches: Item[][] = [];
  for (let start = 0, turn = 0; start < items.length; turn += 1) {
    const size = turn % 7 === 6 ? 3 : (sizes[turn % sizes.length] ?? 1);
    batches.push(items.slice(start, start + size));
    start += size;
  }
  return batches;
}
