import { describe, expect, test } from "bun:test";
import { FairQueue } from "../../src/async/fair-queue.ts";

/** Items are named after their group: `a1`, `a2`, `b1`. */
function queueOf(...items: readonly string[]): FairQueue<string> {
  const queue = new FairQueue<string>();
  for (const item of items) queue.add(groupOf(item), item, items.length);
  return queue;
}

function groupOf(item: string): string {
  return item.charAt(0);
}

function rest(queue: FairQueue<string>): readonly string[] {
  return Array.from({ length: queue.size }, () => queue.take() ?? "nothing");
}

describe("a fair queue", () => {
  test("takes groups in turns and their items in order", () => {
    const queue = queueOf("a1", "a2", "a3", "b1", "c1", "b2");
    expect(rest(queue)).toEqual(["a1", "b1", "c1", "a2", "b2", "a3"]);
    expect(queue.take()).toBeUndefined();
  });

  test("passes over groups that may not be taken", () => {
    const queue = queueOf("a1", "b1", "a2");
    expect(queue.take((group) => group !== "a")).toBe("b1");
    expect(queue.take((group) => group === "c")).toBeUndefined();
    expect(rest(queue)).toEqual(["a1", "a2"]);
  });

  test("forgets a removed item", () => {
    const queue = queueOf("a1", "a2");
    for (let times = 0; times < 2; times += 1) queue.remove("a", "a1");
    expect(queue.size).toBe(1);
    expect(rest(queue)).toEqual(["a2"]);
  });

  test.each([
    { queued: ["a1", "a2", "b1"], added: "c1", refused: "a2" },
    { queued: ["a1", "a2", "b1"], added: "b2", refused: "b2" },
    { queued: ["a1", "a2", "a3"], added: "a4", refused: "a4" },
    { queued: ["a1", "b1"], added: "c1", refused: "c1" },
  ])("refuses $refused when $added comes to $queued", ({ queued, added, refused }) => {
    const queue = queueOf(...queued);
    expect(queue.add(groupOf(added), added, queued.length)).toBe(refused);
    const left = [...queued, added].filter((item) => item !== refused);
    expect(rest(queue).toSorted()).toEqual(left.toSorted());
  });
});
