/**
 * Time between a deadline and giving up, in milliseconds. Timers run before sockets, so after a late turn of the event loop the
 * reply may be there and not yet read.
 */
const GRACE_MS = 50;

/** Calls `giveUp` after `deadlineMs` and one more turn of the event loop. Returns a function that cancels it. */
export function afterDeadline(deadlineMs: number, giveUp: () => void): () => void {
  let timer = setTimeout(() => {
    timer = setTimeout(giveUp, GRACE_MS);
  }, deadlineMs);
  return () => clearTimeout(timer);
}

/** Settles as `work` does, or as `onLate` does if `work` misses the deadline. A late rejection of `work` is ignored. */
export async function withDeadline<Result, Late>(
  work: Promise<Result>,
  { deadlineMs, onLate }: { deadlineMs: number; onLate: () => Late },
): Promise<Result | Late> {
  const late = Promise.withResolvers<Late>();
  const cancel = afterDeadline(deadlineMs, () => {
    try {
      late.resolve(onLate());
    } catch (error) {
      late.reject(error);
    }
  });
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    cancel();
  }
}

/**
 * Settles as `work` does, or rejects as soon as `signal` aborts. A later rejection of `work` is ignored.
 *
 * @throws the reason of `signal`.
 */
export async function unlessAborted<Result>(
  work: Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort);
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
