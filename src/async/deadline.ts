/** Timers run before sockets: a reply may have arrived and not been read. */
const GRACE_MS = 50;

/** Returns a function that cancels the call of `giveUp`. */
export function afterDeadline(deadlineMs: number, giveUp: () => void): () => void {
  let timer = setTimeout(() => {
    timer = setTimeout(giveUp, GRACE_MS);
  }, deadlineMs);
  return () => clearTimeout(timer);
}

/** Settles as `work` does, or as `onLate` does after the deadline. */
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

/** Settles as `work` does, or rejects with the reason of `signal` when it aborts. */
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
