import { describe, expect, test } from "bun:test";
import { lingerMs } from "../../src/consume/linger.ts";

describe("lingerMs", () => {
  test.each([
    ["as long as a small batch took", { entries: 3, entriesMax: 20_000, tookMs: 7 }, 7],
    ["not long after a slow one", { entries: 3, entriesMax: 20_000, tookMs: 60_000 }, 100],
    ["not at all after a large one", { entries: 2_000, entriesMax: 20_000, tookMs: 50 }, 0],
    ["not at all after a full one", { entries: 10, entriesMax: 10, tookMs: 5 }, 0],
  ])("lingerMs is %s", (_, batch, expected) => {
    expect(lingerMs(batch)).toBe(expected);
  });
});
