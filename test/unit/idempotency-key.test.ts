import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { AnalyticsEvent } from "../../src/event/event.ts";
import { idsFromKey } from "../../src/event/idempotency-key.ts";
import { acceptedEvent, crowdedEvent } from "../support/arbitraries.ts";
import { sampleEvent } from "../support/sample-event.ts";

const idsOf = (key: string, events: readonly AnalyticsEvent[]) => events.map(idsFromKey(key));

/** Changes to an event, and whether they make it another one. */
const CHANGES: readonly (readonly [string, Partial<AnalyticsEvent>, boolean])[] = [
  ["the id", { eventId: "other" }, false],
  ["the site", { siteId: "other" }, true],
  ["the type", { eventType: "other" }, true],
  ["the path", { path: "/other" }, true],
  ["the user", { userId: "other" }, true],
  ["the timestamp", { timestamp: "2026-01-15T09:30:00.001Z" }, true],
  ["an optional field", { title: "other" }, true],
  ["the order of properties", { properties: '{"b":1,"a":"x"}' }, false],
  ["the value of a property", { properties: '{"a":"x","b":2}' }, true],
];

describe("ids from an idempotency key", () => {
  test("do not depend on the order of the events", () => {
    const events = fc.array(fc.oneof(crowdedEvent(), acceptedEvent()), { maxLength: 20 });
    fc.assert(
      fc.property(events, fc.infiniteStream(fc.nat()), (sent, random) => {
        const shuffled = sent
          .map((event) => ({ event, at: random.next().value }))
          .toSorted((a, b) => a.at - b.at)
          .map(({ event }) => event);
        expect(idsOf("k", shuffled).toSorted()).toEqual(idsOf("k", sent).toSorted());
      }),
    );
  });

  test("tell equal events apart by their number before", () => {
    const event = sampleEvent();
    const ids = idsOf("k", [event, event, sampleEvent({ path: "/b" }), event]);
    expect(new Set(ids).size).toBe(4);
    expect(idsOf("k", [event])).toEqual([ids[0] ?? ""]);
  });

  test("differ by key and by site", () => {
    const event = sampleEvent();
    expect(idsOf("a", [event])).not.toEqual(idsOf("b", [event]));
  });

  test.each(CHANGES)("depend on what is stored: %s", (_, change, differs) => {
    const event = sampleEvent({ properties: '{"a":"x","b":1}' });
    const [before] = idsOf("k", [event]);
    const [after] = idsOf("k", [{ ...event, ...change }]);
    expect(before !== after).toBe(differs);
  });

  test("never change", () => {
    const event = sampleEvent({ title: "Pricing", properties: '{"plan":"pro"}' });
    expect(idsOf("import-1", [event, event])).toMatchInlineSnapshot(`
      [
        "e39c576d-613a-564f-ad92-9a284c5751ad",
        "8d7b2514-a1ce-5700-b21f-b63c39d8df7e",
      ]
    `);
  });
});
