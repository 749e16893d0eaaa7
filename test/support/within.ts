/**
 * Waits for a promise.
 *
 * @throws Error that names what the test waited for, after `ms` milliseconds.
 */
export async function within<Result>(
  ms: number,
  promise: Promise<Result>,
  what: string | (() => string),
): Promise<Result> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new Error(`Timed out after ${ms} ms: ${typeof what === "string" ? what : what()}`));
  }, ms);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
