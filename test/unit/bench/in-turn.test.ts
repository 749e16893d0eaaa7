import { expect, test } from "bun:test";
import { inTurn } from "../../../bench/measure/in-turn.ts";

test("subjects are measured in turn, with results in order", async () => {
  const order: string[] = [];
  const results = await inTurn(2, ["a", "b"], async (side) => {
    order.push(side);
    return await Promise.resolve(`${side}${order.length}`);
  });
  expect(order).toEqual(["a", "b", "a", "b"]);
  expect([results("a"), results("b")]).toEqual([
    ["a1", "a3"],
    ["b2", "b4"],
  ]);
});
