/** Work that yields after each piece of less than a millisecond. */
export type Pieces<Result> = Generator<void, Result>;

/** Does the work at once. */
export function allPieces<Result>(work: Pieces<Result>): Result {
  let step = work.next();
  while (step.done !== true) step = work.next();
  return step.value;
}

/** Does the work, and awaits what `pause` returns after each piece. */
export async function inPieces<Result>(
  work: Pieces<Result>,
  pause: () => Promise<void> | undefined,
): Promise<Result> {
  let step = work.next();
  while (step.done !== true) {
    const paused = pause();
    if (paused !== undefined) await paused;
    step = work.next();
  }
  return step.value;
}
