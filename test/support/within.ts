/**
 * Waits for a promise, and fails with a sentence that says for what when it takes too long: a test
 * that hangs then tells where.
 */
export async function within<Result>(
  ms: number,
  promise: Promise<Result>,
  what: string | (() => string),
): Promise<Result> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(
      new Error(`Waited ${ms} ms in vain until ${typeof what === "string" ? what : what()}`),
    );
  }, ms);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
