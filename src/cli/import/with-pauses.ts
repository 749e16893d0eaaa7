import { withDeadline } from "../../async/deadline.ts";

/** A line waits at most this long for others to be sent with. */
export const SEND_INTERVAL_MS = 1_000;

/** Yields the items of `source`, and undefined whenever none has come for `SEND_INTERVAL_MS`. */
export async function* withPauses<Item>(
  source: AsyncIterable<Item>,
): AsyncGenerator<Item | undefined> {
  const iterator = source[Symbol.asyncIterator]();
  let next = iterator.next();
  for (;;) {
    const result = await withDeadline(next, {
      deadlineMs: SEND_INTERVAL_MS,
      onLate: () => undefined,
    });
    if (result?.done === true) return;
    yield result?.value;
    if (result !== undefined) next = iterator.next();
  }
}
