import type { Pieces } from "../../src/async/pieces.ts";

/** Returns the result of work that nothing needs to wait for. */
export function atOnce<Result>(work: Pieces<Result>): Result {
  let step = work.next();
  while (step.done !== true) step = work.next();
  return step.value;
}
