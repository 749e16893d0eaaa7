import { describe, expect, test } from "bun:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { ReadTurns, restAfterTurn } from "../../src/http/read-turns.ts";
import { rejectionOf } from "../support/rejection-of.ts";

const WAITING_MAX = 256;
const HOUR_MS = 3_600_000;

/** Notes in which order the reads of clients begin. */
function notedReads(restMs?: typeof restAfterTurn) {
  const turns = new ReadTurns(restMs);
  const begun: string[] = [];
  const read = async (client: string) => {
    await turns.next(client);
    begun.push(client);
  };
  return { turns, begun, read };
}

describe("reads", () => {
  test("begin one per turn of the event loop", async () => {
    const { begun, read } = notedReads();
    const reads = ["a", "a", "a"].map(read);
    const seen = new Set<number>();
    while (begun.length < reads.length) {
      seen.add(begun.length);
      await nextTurn();
    }
    expect([...seen]).toEqual([0, 1, 2]);
  });

  test("of several clients begin in turn", async () => {
    const { begun, read } = notedReads();
    await Promise.all(["a", "a", "a", "b", "c", "b"].map(read));
    expect(begun.join("")).toBe("abcaba");
  });

  test("rest after a turn in which events arrived", async () => {
    const rested: boolean[] = [];
    const { turns, read } = notedReads((_, hadEvents) => {
      rested.push(hadEvents);
      return 1;
    });
    const first = read("a").then(() => turns.noteEvents());
    await Promise.all([first, read("b"), read("c")]);
    expect(rested).toEqual([true, false]);
  });

  test("do not begin while they rest", async () => {
    const { begun, read } = notedReads(() => HOUR_MS);
    void read("a");
    void read("b");
    for (let turn = 0; turn < 10; turn += 1) await nextTurn();
    expect(begun).toEqual(["a"]);
  });

  test("of the client with the most are refused when too many wait", async () => {
    const { begun, read } = notedReads();
    const greedy = Array.from({ length: WAITING_MAX }, async () => await read("greedy"));
    const refusals = Promise.all([read("greedy"), greedy.at(-1) ?? read("")].map(rejectionOf));
    const modest = read("modest");
    for (const refusal of await refusals) {
      expect(refusal).toMatchObject({ code: "reads_overloaded" });
    }
    await Promise.all([modest, ...greedy.slice(0, -1)]);
    expect(begun.indexOf("modest")).toBe(1);
    expect(begun).toHaveLength(WAITING_MAX);
  });
});

test("events get three parts of a thread for each part of reads", () => {
  expect(restAfterTurn(2, true)).toBe(6);
  expect(restAfterTurn(2, false)).toBe(0);
});
