import { expect, test } from "bun:test";
import { BODY_BYTES_MAX } from "../../src/event/limits.ts";
import { ARRIVING_BYTES_MAX, beforeDeadline } from "../../src/http/body/body-deadline.ts";
import { rejectionOf } from "../support/rejection-of.ts";

test("the oldest bodies fail when too many arrive", async () => {
  const bodies = ARRIVING_BYTES_MAX / BODY_BYTES_MAX;
  const readings = Array.from({ length: bodies + 2 }, () => Promise.withResolvers<Uint8Array>());
  const settled = readings.map(({ promise }) => beforeDeadline(promise, BODY_BYTES_MAX));
  for (const oldest of settled.slice(0, 2)) {
    expect(await rejectionOf(oldest)).toMatchObject({ code: "too_many_bodies", retryable: true });
  }
  for (const { resolve } of readings) resolve(new Uint8Array(1));
  expect(await Promise.all(settled.slice(2))).toHaveLength(bodies);
});

test("a body that has arrived makes room for others", async () => {
  const bodies = (2 * ARRIVING_BYTES_MAX) / BODY_BYTES_MAX;
  for (let body = 0; body < bodies; body += 1) {
    await beforeDeadline(Promise.resolve(new Uint8Array(1)), BODY_BYTES_MAX);
  }
  const stuck = Promise.withResolvers<Uint8Array>();
  const failed = beforeDeadline(stuck.promise, BODY_BYTES_MAX);
  stuck.reject(new Error("gone"));
  expect(await rejectionOf(failed)).toMatchObject({ code: "slow_body" });
});
