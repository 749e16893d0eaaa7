import { describe, expect, test } from "bun:test";
import { FoldTurns, type Turn } from "../../../src/reporting/questions/fold-turns.ts";
import { rejectionOf } from "../../support/rejection-of.ts";

const NEVER = new AbortController().signal;

/** Notes the slices that it works in. */
async function fold(turn: Turn, name: string, slices: string[]): Promise<void> {
  for (let slice = 0; slice < 3; slice += 1) {
    slices.push(name);
    await turn.pause();
  }
}

describe("folds", () => {
  test("work in turns by site", async () => {
    const turns = new FoldTurns(0);
    const slices: string[] = [];
    const sites = ["a", "a", "b"].map((siteId) => turns.begin(siteId, NEVER));
    await Promise.all(sites.map(async (turn, at) => await fold(turn, "aAb".charAt(at), slices)));
    // The last pause is that of a fold that has finished.
    expect(slices.join("")).toBe("aAbabAbaA");
  });

  test("do not pause within a slice", () => {
    expect(new FoldTurns(60_000).begin("a", NEVER).pause()).toBeUndefined();
  });

  test("end at a pause once they are cancelled", async () => {
    const left = new AbortController();
    const turn = new FoldTurns(0).begin("a", left.signal);
    const paused = turn.pause();
    left.abort(new Error("left"));
    expect(await rejectionOf(paused ?? Promise.resolve())).toEqual(new Error("left"));
  });
});
