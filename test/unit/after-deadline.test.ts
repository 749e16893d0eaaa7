import { expect, test } from "bun:test";
import { afterDeadline } from "../../src/async/after-deadline.ts";

test("gives up after the deadline", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  afterDeadline(1, resolve);
  await promise;
});

test("never gives up once cancelled", async () => {
  let gaveUp = false;
  const cancel = afterDeadline(1, () => {
    gaveUp = true;
  });
  const { promise: later, resolve } = Promise.withResolvers<void>();
  // Cancels after the deadline, in the time that is left to read what came.
  afterDeadline(2, resolve);
  setTimeout(cancel, 3);
  await later;
  expect(gaveUp).toBe(false);
});
