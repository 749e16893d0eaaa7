import { afterEach, beforeEach, expect, jest, test } from "bun:test";
import { shareInFlight } from "../../src/async/share-in-flight.ts";
import { rejectionOf } from "../support/rejection-of.ts";

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

test("calls during a run share its result", async () => {
  let runs = 0;
  const call = shareInFlight(async () => {
    runs += 1;
    await Promise.resolve();
    return runs;
  }, 0);
  expect(await Promise.all([call(), call(), call()])).toEqual([1, 1, 1]);
  expect(await call()).toBe(2);
});

test("a failed run is not kept", async () => {
  let runs = 0;
  const call = shareInFlight(async () => {
    runs += 1;
    if (runs === 1) throw new Error("once");
    return await Promise.resolve(runs);
  }, 0);
  expect(await Promise.all([rejectionOf(call()), rejectionOf(call())])).toEqual([
    new Error("once"),
    new Error("once"),
  ]);
  expect(await call()).toBe(2);
});

test("runs start at least the pause apart", async () => {
  let runs = 0;
  const call = shareInFlight(async () => await Promise.resolve((runs += 1)), 20);
  expect(await call()).toBe(1);
  const second = call();
  jest.advanceTimersByTime(19);
  expect(runs).toBe(1);
  jest.advanceTimersByTime(1);
  expect(await second).toBe(2);
});
