import { describe, expect, test } from "bun:test";
import { README_EVENT } from "../../../bench/figures/bytes.ts";
import { eventBodiesFile } from "../../../bench/load/event-bodies.ts";
import { storedEvents } from "../../../bench/load/stored-events.ts";
import { decodeEntry, encodeEntry } from "../../../src/event/entry-codec.ts";
import { parseEvent } from "../../../src/event/parse-event.ts";

const COUNT = 2_000;

describe("the events of the bench", () => {
  test("event bodies are valid and have unique users", async () => {
    const lines = (await Bun.file(await eventBodiesFile()).text()).trimEnd().split("\n");
    const some = lines.slice(0, COUNT).map((line) => JSON.parse(line));
    const context = { nowMs: Date.now(), mintEventId: () => Bun.randomUUIDv7() };
    expect(some.filter((body) => parseEvent(body, context).kind !== "event")).toEqual([]);
    expect(new Set(some.map(({ user_id }) => user_id)).size).toBe(COUNT);
  });

  test("stored events are valid entries with unique ids", () => {
    const events = storedEvents(COUNT, "skewed");
    for (const event of events) {
      expect(decodeEntry(encodeEntry(event), Date.now()).kind).toBe("event");
    }
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(COUNT);
  });

  test("stored events share users unless all are new", () => {
    const users = (kind: "new" | "skewed") =>
      new Set(storedEvents(COUNT, kind).map(({ userId }) => userId)).size;
    expect(users("new")).toBe(COUNT);
    expect(users("skewed")).toBeLessThan(COUNT);
  });

  test("the sample event is the first in the README", async () => {
    const readme = await Bun.file(`${import.meta.dir}/../../../README.md`).text();
    expect(/-d '([^']+)'/.exec(readme)?.[1]).toBe(README_EVENT);
  });
});
