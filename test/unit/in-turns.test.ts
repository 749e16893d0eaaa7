import { expect, test } from "bun:test";
import { inTurns } from "../../src/accept/in-turns.ts";

const NUMBERS = Array.from({ length: 200 }, (_, i) => i);

test("judges all items in their order", async () => {
  const doubled = await inTurns(NUMBERS, (part) => part.map((number) => 2 * number));
  expect(doubled).toEqual(NUMBERS.map((number) => 2 * number));
  expect(await inTurns([], (part) => part)).toEqual([]);
});

test("lets others run between parts that take long", async () => {
  const seen: string[] = [];
  setImmediate(() => seen.push("another request"));
  await inTurns(NUMBERS, (part) => {
    const endsAtMs = performance.now() + 10;
    while (performance.now() < endsAtMs);
    seen.push("part");
    return part;
  });
  expect(seen.slice(0, 2)).toEqual(["part", "another request"]);
});
