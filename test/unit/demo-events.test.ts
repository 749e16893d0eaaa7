import { describe, expect, test } from "bun:test";
import { demoEvents } from "../../src/cli/demo/story/demo-events.ts";
import { decodeEntry, encodeEntry } from "../../src/event/entry-codec.ts";

const NOW = "2026-06-18T15:30:00.000Z";
const STORY = { siteId: "demo", seed: "1", days: 60, nowMs: Date.parse(NOW) };

function eventsOf(story = STORY) {
  return [...demoEvents(story)].flat();
}

describe("the events of a demo", () => {
  const events = eventsOf();

  test("are the same for the same seed, and others for another", () => {
    expect(eventsOf()).toEqual(events);
    const ids = new Set(events.map(({ eventId }) => eventId));
    expect(eventsOf({ ...STORY, seed: "2" }).filter(({ eventId }) => ids.has(eventId))).toEqual([]);
    expect(ids.size).toBe(events.length);
  });

  test("are valid to the last field", () => {
    for (const event of events) {
      expect(decodeEntry(encodeEntry(event), STORY.nowMs)).toEqual({ kind: "event", event });
    }
  });

  test("end now, and begin so many days before", () => {
    const times = events.map(({ timestamp }) => timestamp).toSorted();
    expect(times[0]?.slice(0, 10)).toBe("2026-04-20");
    expect((times.at(-1) ?? "") <= NOW).toBe(true);
    const justNow = new Date(STORY.nowMs - 300_000).toISOString();
    expect(times.filter((time) => time > justNow).length).toBeGreaterThan(5);
  });

  test("are fewer at weekends and at night, and more in the end", () => {
    const views = events.filter(({ eventType }) => eventType === "page_view");
    const on = (...dates: readonly string[]) =>
      views.filter(({ timestamp }) => dates.includes(timestamp.slice(0, 10))).length;
    expect(on("2026-05-09", "2026-05-10")).toBeLessThan(0.8 * on("2026-05-11", "2026-05-12"));
    expect(on("2026-04-20", "2026-04-21")).toBeLessThan(0.7 * on("2026-06-15", "2026-06-16"));
    const at = (hour: string) => views.filter(({ timestamp }) => timestamp.slice(11, 13) === hour);
    expect(at("03").length).toBeLessThan(0.5 * at("14").length);
  });

  test("have an order within each visit", () => {
    const instants = events.map(({ userId, timestamp }) => `${userId} ${timestamp}`);
    expect(new Set(instants).size).toBe(events.length);
  });

  test("have visitors who come back", () => {
    const daysBy = Map.groupBy(events, ({ userId }) => userId);
    const back = [...daysBy.values()].filter(
      (own) => new Set(own.map(({ timestamp }) => timestamp.slice(0, 10))).size > 1,
    );
    expect(back.length / daysBy.size).toBeGreaterThan(0.1);
  });
});
