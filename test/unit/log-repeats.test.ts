import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import { limitRepeats } from "../../src/log/limit-repeats.ts";
import { recordingLog } from "../support/recording-log.ts";

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** A limited log, and its written records as lines. */
function limited() {
  const { log, records } = recordingLog();
  const lines = () =>
    records.map(({ level, sentence, fields }) => `${level} ${sentence} ${JSON.stringify(fields)}`);
  return { log: limitRepeats(log), lines };
}

describe("repeated records", () => {
  test("pass three times, then become one with their number", () => {
    const { log, lines } = limited();
    for (let i = 0; i < 1_003; i += 1) log.error({ i }, "It fails");
    const atOnce = [0, 1, 2].map((i) => `error It fails {"i":${i}}`);
    expect(lines()).toEqual(atOnce);
    jest.advanceTimersByTime(10_000);
    expect(lines()).toEqual([...atOnce, 'error It fails {"i":1002,"repeated":1000}']);
    jest.advanceTimersByTime(60_000);
    expect(lines()).toHaveLength(4);
  });

  test("pass when they come less often than the window", () => {
    const { log, lines } = limited();
    for (let times = 0; times < 5; times += 1) {
      log.warn({}, "It fails");
      jest.advanceTimersByTime(10_000);
    }
    expect(lines()).toEqual(Array.from({ length: 5 }, () => "warn It fails {}"));
  });

  test("are held for windows that double, until they stop", () => {
    const { log, lines } = limited();
    const failFor = (ms: number) => {
      for (let passed = 0; passed < ms; passed += 100) {
        log.warn({}, "It fails");
        jest.advanceTimersByTime(100);
      }
    };
    failFor(3_600_000);
    // 10, 20, 40, 80 and 160 s, then every 300 s.
    expect(lines().length).toBeWithin(18, 22);
    const before = lines().length;
    jest.advanceTimersByTime(10_000);
    expect(lines()).toHaveLength(before + 1);
    jest.advanceTimersByTime(10_000);
    log.warn({}, "It fails");
    expect(lines()).toHaveLength(before + 2);
  });

  test("held once do not lengthen the window", () => {
    const { log, lines } = limited();
    for (let times = 0; times < 4; times += 1) log.warn({}, "It fails");
    jest.advanceTimersByTime(20_000);
    expect(lines()).toHaveLength(4);
    log.warn({}, "It fails");
    expect(lines()).toHaveLength(5);
  });

  test("are written in the order of their last occurrence", () => {
    const { log, lines } = limited();
    for (let times = 0; times < 7; times += 1) {
      log.warn({}, "It fails");
      log.info({}, "It works");
    }
    log.warn({}, "It fails");
    const before = lines().length;
    expect(before).toBe(6);
    jest.advanceTimersByTime(10_000);
    expect(lines().slice(before)).toEqual([
      'info It works {"repeated":4}',
      'warn It fails {"repeated":5}',
    ]);
  });

  test("of level info pass while nothing fails", () => {
    const { log, lines } = limited();
    for (let times = 0; times < 20; times += 1) log.info({}, "Took over entries");
    expect(lines()).toHaveLength(20);
  });

  test("differ by their texts, not by numbers in them", () => {
    const { log, lines } = limited();
    const errors = [
      "connect ECONNREFUSED 127.0.0.1:40001",
      "entry 1768469400250-3 of 01a2044d-3213-7311-9191-414219ceba73",
      "entry 1768469400251-0 of 60b38ceb-5586-50f3-8085-6ed4a518ed43",
      "connect ECONNREFUSED 127.0.0.1:40002",
    ];
    for (let times = 0; times < 3; times += 1) {
      for (const error of errors) log.warn({ error, times }, "It fails");
      for (const child of ["consumer-1", "consumer-2"]) log.warn({ child }, "It fails");
      log.error({ child: "consumer-2" }, "It fails");
    }
    // Five kinds, three times each.
    expect(lines()).toHaveLength(15);
  });

  test("add up their entries", () => {
    const { log, lines } = limited();
    for (const entries of [1, 2, 3, 4, 5]) log.error({ entries }, "Entries were deleted");
    jest.advanceTimersByTime(10_000);
    expect(lines().slice(2)).toEqual([
      'error Entries were deleted {"entries":3}',
      'error Entries were deleted {"entries":9,"repeated":2}',
    ]);
  });

  test("are few even if every text differs", () => {
    const { log, lines } = limited();
    const letters = "abcdefghijklmnopqrstuvwxyz";
    for (const a of letters) for (const b of letters) log.error({ error: `${a}-${b}` }, "It fails");
    expect(lines().length).toBeLessThanOrEqual(103);
    jest.advanceTimersByTime(10_000);
    expect(lines().length).toBeLessThanOrEqual(104);
    expect(lines().at(-1)).toContain('"repeated":573');
  });

  test("of level debug pass", () => {
    const { log, lines } = limited();
    for (let times = 0; times < 3; times += 1) log.debug({}, "Transaction committed");
    expect(lines()).toHaveLength(3);
  });

  test("are written once by flush", () => {
    const { log, lines } = limited();
    for (let times = 0; times < 5; times += 1) log.warn({}, "It fails");
    log.flush();
    log.flush();
    jest.advanceTimersByTime(60_000);
    expect(lines().slice(3)).toEqual(['warn It fails {"repeated":2}']);
  });
});
