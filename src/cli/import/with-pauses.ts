/** Yields what `source` does, and undefined whenever nothing has come for `pauseMs`. */
export async function* withPauses<Item>(
  source: AsyncIterable<Item>,
  pauseMs: number,
): AsyncGenerator<Item | undefined> {
  const iterator = source[Symbol.asyncIterator]();
  let next = iterator.next();
  for (;;) {
    const result = await within(next, pauseMs);
    if (result === undefined) {
      yield undefined;
      continue;
    }
    if (result.done === true) return;
    yield result.value;
    next = iterator.next();
  }
}

/** What `promise` resolves with, or undefined when that takes longer than `timeoutMs`. */
async function within<Value>(
  promise: Promise<Value>,
  timeoutMs: number,
): Promise<Value | undefined> {
  // It may reject while nobody waits for it; the next call finds out.
  promise.catch(() => undefined);
  const timeout = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => timeout.resolve(undefined), timeoutMs);
  try {
    return await Promise.race([promise, timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
}
