import { expect, test } from "bun:test";
import { shareInFlight } from "../../src/async/share-in-flight.ts";
import { rejectionOf } from "../support/rejection-of.ts";

test("those who ask during a run share its result", async () => {
  let runs = 0;
  const ask = shareInFlight(async () => {
    runs += 1;
    await Promise.resolve();
    return runs;
  }, 0);
  expect(await Promise.all([ask(), ask(), ask()])).toEqual([1, 1, 1]);
  expect(await ask()).toBe(2);
});

test("a run that fails is not kept", async () => {
  let runs = 0;
  const ask = shareInFlight(async () => {
    runs += 1;
    if (runs === 1) throw new Error("once");
    return await Promise.resolve(runs);
  }, 0);
  expect(await Promise.all([rejectionOf(ask()), rejectionOf(ask())])).toEqual([
    new Error("once"),
    new Error("once"),
  ]);
  expect(await ask()).toBe(2);
});

test("a run begins no sooner than the pause after the one before", async () => {
  const begins: number[] = [];
  const pauseMs = 20;
  const ask = shareInFlight(
    async () => await Promise.resolve(begins.push(performance.now())),
    pauseMs,
  );
  for (let asked = 0; asked < 3; asked += 1) await ask();
  const gaps = begins.slice(1).map((begin, index) => begin - (begins[index] ?? 0));
  // Timers count whole milliseconds.
  for (const gap of gaps) expect(gap).toBeGreaterThan(pauseMs - 2);
});
