import { expect, test } from "bun:test";
import { pauseMs } from "../../src/consume/consumer.ts";

const ONE = { shards: 1, entriesMax: 20_000 };

test.each([
  ["as long as a small batch took", { ...ONE, entries: 3, tookMs: 7 }, 7],
  ["longer where its thread has others", { ...ONE, shards: 4, entries: 3, tookMs: 7 }, 49],
  ["not long after a slow batch", { ...ONE, entries: 3, tookMs: 60_000 }, 100],
  ["not at all after a large batch", { ...ONE, shards: 4, entries: 2_000, tookMs: 50 }, 0],
  ["not at all after a full batch", { ...ONE, entries: 10, entriesMax: 10, tookMs: 5 }, 0],
])("a consumer pauses %s", (_, batch, expected) => {
  expect(pauseMs(batch)).toBe(expected);
});
