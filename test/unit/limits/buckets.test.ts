import { heapStats } from "bun:jsc";
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Buckets } from "../../../src/access/limits/buckets.ts";
import { type Rate, rateOf } from "../../../src/access/limits/rate.ts";
import type { Subject } from "../../../src/access/limits/subject.ts";

/** Each refills a unit in whole milliseconds, so that the model is exact. */
const RATES = [1, 2, 5, 10, 20, 50, 100, 500, 1_000];
const CLIENT: Subject = { hi: 1, lo: 2 };
const SLOW: Rate = { perSecond: 0.001, burst: 100 };

function subject(i: number): Subject {
  return { hi: 0x2001_0db8, lo: i };
}

/** Takes units if the bucket has them; returns whether. */
function takes(
  buckets: Buckets,
  { rate, units = 1, of = CLIENT }: { rate: Rate; units?: number; of?: Subject },
  nowMs: number,
): boolean {
  if (buckets.waitMs(of, { rate, units }, nowMs) > 0) return false;
  buckets.take(of, { rate, units }, nowMs);
  return true;
}

/** Takes as many single units as the bucket has. */
function drain(buckets: Buckets, rate: Rate, nowMs = 0, of = CLIENT): number {
  let taken = 0;
  while (takes(buckets, { rate, of }, nowMs)) taken += 1;
  return taken;
}

function exchange(threads: readonly Buckets[], nowMs: number): void {
  const taken = threads.map((each) => each.collectTaken());
  for (const [i, each] of threads.entries()) {
    for (const [j, others] of taken.entries()) if (i !== j) each.addTaken(others, nowMs);
  }
}

describe("a bucket", () => {
  const steps = fc.array(
    fc.record({ afterMs: fc.nat(3_000), units: fc.integer({ min: 1, max: 300 }) }),
    { minLength: 1, maxLength: 200 },
  );
  const burst = fc.integer({ min: 1, max: 60 });

  test("admits what a token bucket admits", () => {
    const schedule = fc.record({ steps, perSecond: fc.constantFrom(...RATES), burst });
    fc.assert(
      fc.property(schedule, ({ steps: each, perSecond, burst: seconds }) => {
        const rate = rateOf(perSecond, seconds);
        const buckets = new Buckets({ isShared: false, slots: 8 });
        const fullMilli = rate.burst * 1_000;
        let milli = fullMilli;
        let nowMs = 12_345;
        for (const { afterMs, units } of each) {
          nowMs += afterMs;
          milli = Math.min(fullMilli, milli + afterMs * perSecond);
          const expected = units * 1_000 <= milli;
          if (expected) milli -= units * 1_000;
          expect(takes(buckets, { rate, units }, nowMs)).toBe(expected);
        }
      }),
    );
  });

  test("tells how long to wait", () => {
    const schedule = fc.record({ steps, perSecond: fc.constantFrom(...RATES), burst });
    fc.assert(
      fc.property(schedule, ({ steps: each, perSecond, burst: seconds }) => {
        const rate = rateOf(perSecond, seconds);
        const buckets = new Buckets({ isShared: false, slots: 8 });
        let nowMs = 0;
        for (const { afterMs, units } of each) {
          nowMs += afterMs;
          const ms = buckets.waitMs(CLIENT, { rate, units }, nowMs);
          if (units > rate.burst) continue;
          if (ms > 1)
            expect(buckets.waitMs(CLIENT, { rate, units }, nowMs + ms - 1)).toBeGreaterThan(0);
          nowMs += ms;
          expect(takes(buckets, { rate, units }, nowMs)).toBe(true);
        }
      }),
    );
  });

  test.each([3, 7, 9.9, 1e5])("has its whole burst at %d a second", (perSecond) => {
    const rate = { perSecond, burst: 1_000 };
    // After ten days.
    expect(drain(new Buckets({ isShared: true }), rate, 864_000_000.123)).toBe(1_000);
  });

  test("takes back what is given back, and no more than its burst", () => {
    const buckets = new Buckets({ isShared: true });
    expect(drain(buckets, SLOW)).toBe(100);
    buckets.take(CLIENT, { rate: SLOW, units: -40 }, 0);
    expect(drain(buckets, SLOW)).toBe(40);
    buckets.take(CLIENT, { rate: SLOW, units: -4_000 }, 0);
    expect(drain(buckets, SLOW)).toBe(100);
    buckets.take(subject(1), { rate: SLOW, units: -40 }, 0);
    expect(drain(buckets, SLOW, 0, subject(1))).toBe(100);
  });
});

describe("buckets of several threads", () => {
  test("give a client of one thread its whole limit", () => {
    const threads = Array.from({ length: 4 }, () => new Buckets({ isShared: true }));
    const [served = new Buckets({ isShared: true })] = threads;
    const rate = rateOf(10, 2);
    let taken = 0;
    for (let second = 0; second <= 60; second += 1) {
      taken += drain(served, rate, second * 1_000);
      exchange(threads, second * 1_000);
    }
    expect(taken).toBe(20 + 600);
  });

  test("give a client of all threads its limit on average", () => {
    const schedule = fc.record({
      count: fc.integer({ min: 2, max: 8 }),
      perSecond: fc.constantFrom(...RATES),
      burst: fc.integer({ min: 1, max: 10 }),
      seconds: fc.integer({ min: 1, max: 40 }),
    });
    fc.assert(
      fc.property(schedule, ({ count, perSecond, burst, seconds }) => {
        const threads = Array.from(
          { length: count },
          () => new Buckets({ isShared: true, slots: 8 }),
        );
        const rate = rateOf(perSecond, burst);
        let taken = 0;
        for (let tick = 0; tick <= seconds * 4; tick += 1) {
          const nowMs = tick * 250;
          for (const each of threads) taken += drain(each, rate, nowMs);
          if (tick % 4 === 0) exchange(threads, nowMs);
        }
        const own = rate.burst + perSecond * seconds;
        expect(taken).toBeGreaterThanOrEqual(own);
        expect(taken).toBeLessThanOrEqual(own + (count - 1) * (rate.burst + perSecond));
      }),
      { numRuns: 50 },
    );
  });

  test("refuse what another thread has served", () => {
    const [one, other] = [new Buckets({ isShared: true }), new Buckets({ isShared: true })];
    expect(drain(one, SLOW)).toBe(100);
    exchange([one, other], 0);
    expect(drain(other, SLOW)).toBe(0);
  });

  test("exchange what is given back", () => {
    const [one, other] = [new Buckets({ isShared: true }), new Buckets({ isShared: true })];
    drain(one, SLOW);
    exchange([one, other], 0);
    one.take(CLIENT, { rate: SLOW, units: -50 }, 0);
    exchange([one, other], 0);
    expect(drain(other, SLOW)).toBe(50);
  });

  test("exchange each amount once, and small ones together", () => {
    const [one, other] = [new Buckets({ isShared: true }), new Buckets({ isShared: true })];
    for (let i = 0; i < 24; i += 1) {
      takes(one, { rate: SLOW }, 0);
      exchange([one, other], 0);
    }
    // 13 and 13 reach an eighth of the burst; 24 is short of the second.
    expect(drain(other, SLOW)).toBe(100 - 13);
  });

  test("bound a message, and send the rest later", () => {
    const [one, other] = [new Buckets({ isShared: true }), new Buckets({ isShared: true })];
    const clients = Array.from({ length: 10_000 }, (_, i) => subject(i));
    const rate = { perSecond: 0.001, burst: 2 };
    for (const of of clients) takes(one, { rate, of }, 0);
    const messages = Array.from({ length: 4 }, () => one.collectTaken());
    expect(messages.map(({ length }) => length / 3)).toEqual([4_096, 4_096, 1_808, 0]);
    for (const message of messages) other.addTaken(message, 0);
    for (const of of clients) expect(drain(other, rate, 0, of)).toBe(1);
  });
});

/** What the collector keeps, arrays outside its heap included. What the process got from the system also has garbage of other files. */
function liveBytes(): number {
  Bun.gc(true);
  return heapStats().heapSize;
}

describe("a million addresses", () => {
  const MILLION = 1_000_000;
  const rate = { perSecond: 0.001, burst: 100 };

  test("neither fill memory nor make a client forget its debt", () => {
    const buckets = new Buckets({ isShared: true });
    expect(drain(buckets, rate)).toBe(100);
    const before = liveBytes();
    for (let i = 0; i < MILLION; i += 1) takes(buckets, { rate, of: subject(i) }, 0);
    // A map with an entry each would add some ninety.
    expect(liveBytes() - before).toBeLessThan(10 * 1_024 * 1_024);
    expect(drain(buckets, rate)).toBe(0);
  });

  test("take the places of full buckets first", () => {
    const buckets = new Buckets({ isShared: false, slots: 64 });
    const fast = { perSecond: 100, burst: 100 };
    expect(drain(buckets, rate, 2_000)).toBe(100);
    // All of these are full again.
    for (let i = 0; i < 10_000; i += 1) takes(buckets, { rate: fast, of: subject(i) }, 0);
    const indebted = [subject(10_001), subject(10_002)];
    for (const of of indebted) expect(drain(buckets, rate, 2_000, of)).toBe(100);
    for (const of of [CLIENT, ...indebted]) expect(drain(buckets, rate, 2_000, of)).toBe(0);
  });

  test("cannot take each other's place by choice", () => {
    // Two that share a place in one table do not in another.
    const places = () => {
      const buckets = new Buckets({ isShared: false, slots: 4_096 });
      for (let i = 0; i < 10_000; i += 1) takes(buckets, { rate, of: subject(i) }, 0);
      return Array.from({ length: 10_000 }, (_, i) => drain(buckets, rate, 0, subject(i))).join();
    };
    expect(places()).not.toBe(places());
  });
});
