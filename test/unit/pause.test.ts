import { expect, test } from "bun:test";
import { pauseMs } from "../../src/consume/consumer.ts";

test.each([
  ["as long as a small batch took", { entries: 3, entriesMax: 20_000, tookMs: 7 }, 7],
  ["not long after a slow batch", { entries: 3, entriesMax: 20_000, tookMs: 60_000 }, 100],
  ["not at all after a large batch", { entries: 2_000, entriesMax: 20_000, tookMs: 50 }, 0],
  ["not at all after a full batch", { entries: 10, entriesMax: 10, tookMs: 5 }, 0],
])("a consumer pauses %s", (_, batch, expected) => {
  expect(pauseMs(batch)).toBe(expected);
});
