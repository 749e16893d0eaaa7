import { expect, test } from "bun:test";
import { inPieces } from "../../src/async/pieces.ts";
import { rejectionOf } from "../support/rejection-of.ts";

test("waits between pieces for as long as it is told to", async () => {
  const log: string[] = [];
  const turn = Promise.withResolvers<void>();
  const done = inPieces(
    (function* () {
      for (const name of ["first", "second", "third"]) {
        log.push(name);
        yield;
      }
      return "done";
    })(),
    () => (log.length === 2 ? turn.promise : undefined),
  );
  expect(log).toEqual(["first", "second"]);
  turn.resolve();
  expect(await done).toBe("done");
  expect(log).toEqual(["first", "second", "third"]);
});

test("ends its work with the reason for which a pause rejects", async () => {
  const work = (function* () {
    for (;;) yield;
  })();
  const left = new Error("left");
  expect(await rejectionOf(inPieces(work, async () => await Promise.reject(left)))).toBe(left);
});
