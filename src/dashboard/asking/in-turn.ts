const RUNNING_MAX = 3;

let running = 0;
const waiting: (() => void)[] = [];

/** Runs a few at once, so that a page full of questions leaves room for those of others. */
export async function inTurn<Result>(
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  if (running < RUNNING_MAX) running += 1;
  // A call that ends hands its place on.
  else await new Promise<void>((resolve) => waiting.push(resolve));
  try {
    signal.throwIfAborted();
    return await work();
  } finally {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }
}
