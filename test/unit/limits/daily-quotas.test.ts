import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { DailyQuotas, type QuotaFlush } from "../../../src/access/limits/daily-quotas.ts";

const DAY = "2026-01-15";
const NEXT_DAY = "2026-01-16";

/** As Redis: adds a flush once, whatever its reply. */
class Totals {
  readonly #totals = new Map<string, number>();
  readonly #sequences = new Map<DailyQuotas, number>();

  add(from: DailyQuotas, { sequence, counts }: QuotaFlush): ReadonlyMap<string, number> {
    const isNew = (this.#sequences.get(from) ?? 0) < sequence;
    this.#sequences.set(from, sequence);
    for (const [siteId, count] of isNew ? counts : []) {
      this.#totals.set(siteId, (this.#totals.get(siteId) ?? 0) + count);
    }
    return new Map([...counts.keys()].map((siteId) => [siteId, this.#totals.get(siteId) ?? 0]));
  }
}

function flush(quotas: DailyQuotas, totals: Totals, fate: "ok" | "lost" | "unsent" = "ok"): void {
  const next = quotas.nextFlush(DAY);
  if (next === undefined || fate === "unsent") return;
  const reply = totals.add(quotas, next);
  if (fate === "ok") quotas.flushed(next, reply);
}

describe("counts of a day", () => {
  test("include those of other threads once they are flushed", () => {
    const [one, other, totals] = [new DailyQuotas(), new DailyQuotas(), new Totals()];
    one.take("a", { date: DAY, events: 3 });
    other.take("a", { date: DAY, events: 4 });
    expect(one.used("a", DAY)).toBe(3);
    flush(one, totals);
    flush(other, totals);
    expect(one.used("a", DAY)).toBe(3);
    flush(one, totals);
    expect(one.used("a", DAY)).toBe(7);
    expect(other.used("a", DAY)).toBe(7);
  });

  test("include what a thread counted before its restart", () => {
    const [one, again, totals] = [new DailyQuotas(), new DailyQuotas(), new Totals()];
    one.take("a", { date: DAY, events: 3 });
    flush(one, totals);
    expect(again.used("a", DAY)).toBe(0);
    expect(again.isAsking).toBe(true);
    flush(again, totals);
    expect(again.used("a", DAY)).toBe(3);
    expect(again.isAsking).toBe(false);
  });

  test("are exact whatever is lost", () => {
    const step = fc.record({
      thread: fc.nat(2),
      events: fc.integer({ min: -2, max: 5 }),
      fate: fc.constantFrom("ok" as const, "lost" as const, "unsent" as const, "none" as const),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const threads = [new DailyQuotas(), new DailyQuotas(), new DailyQuotas()];
        const totals = new Totals();
        let sum = 0;
        for (const quotas of threads) quotas.take("a", { date: DAY, events: 0 });
        for (const { thread, events, fate } of steps) {
          const quotas = threads[thread] ?? new DailyQuotas();
          quotas.take("a", { date: DAY, events });
          sum += events;
          if (fate !== "none") flush(quotas, totals, fate);
        }
        // The first may repeat an older one, and the last reads what the others sent.
        for (let i = 0; i < 3; i += 1) {
          for (const quotas of threads) {
            quotas.used("a", DAY);
            flush(quotas, totals);
          }
        }
        for (const quotas of threads) expect(quotas.used("a", DAY)).toBe(sum);
      }),
    );
  });

  test("begin again with the next day", () => {
    const quotas = new DailyQuotas();
    quotas.take("a", { date: DAY, events: 5 });
    const old = quotas.nextFlush(DAY);
    expect(quotas.used("a", NEXT_DAY)).toBe(0);
    // Neither is of this day.
    quotas.take("a", { date: DAY, events: -5 });
    if (old !== undefined) quotas.flushed(old, new Map([["a", 5]]));
    expect(quotas.used("a", NEXT_DAY)).toBe(0);
    // It knows that nothing was counted yet.
    expect(quotas.isAsking).toBe(false);
    expect(quotas.nextFlush(NEXT_DAY)).toMatchObject({ date: NEXT_DAY, sequence: 2 });
  });

  test("are known before they are used", () => {
    const [one, other, totals] = [new DailyQuotas(), new DailyQuotas(), new Totals()];
    one.take("a", { date: DAY, events: 3 });
    flush(one, totals);
    other.expect(["a", "b"], DAY);
    flush(other, totals);
    expect(other.isAsking).toBe(false);
    // Nobody has used them since.
    expect(other.nextFlush(DAY)).toBeUndefined();
    expect(other.used("a", DAY)).toBe(3);
    other.expect(["a"], DAY);
    expect(other.isAsking).toBe(false);
    expect(other.nextFlush(DAY)?.counts).toEqual(new Map([["a", 0]]));
  });

  test("are not sent while no site has a quota", () => {
    expect(new DailyQuotas().nextFlush(DAY)).toBeUndefined();
  });
});
