import { describe, expect, test } from "bun:test";
import { type ClientEvent, randomEvent, skewedRank } from "../../../bench/k6/event.ts";
import { type ParsedEvent, parseEvent } from "../../../src/event/parse-event.ts";

const EVENTS = 20_000;
const NOW = new Date("2026-01-15T09:30:00.000Z");

describe("randomEvent", () => {
  test("returns events that the engine accepts", () => {
    const parsed = sample().map((event) => parse({ ...event }));
    expect(parsed.filter(({ kind }) => kind !== "event")).toEqual([]);
  });

  test("skews events towards a few sites, paths and users", () => {
    const events = sample();
    const sites = shares(events.map((event) => event.site_id));
    const paths = shares(events.map((event) => event.path));
    const users = shares(events.map((event) => event.user_id));
    expect([sites.length > 500, paths.length > 2_000, users.length > 5_000]).toEqual([
      true,
      true,
      true,
    ]);
    // By the exponents: ln 2 / ln 1001 of all have the first site, and a person has far less.
    expect(sites[0]).toBeCloseTo(0.1, 1);
    expect(sum(sites.slice(0, 10))).toBeGreaterThan(0.3);
    expect(sum(paths.slice(0, 100))).toBeGreaterThan(0.25);
    expect(users[0]).toBeLessThan(0.02);
  });
});

describe("skewedRank", () => {
  test.each([0.5, 0.8, 1])("stays between 1 and the count with exponent %d", (exponent) => {
    expect(skewedRank(1_000, exponent, () => 0)).toBe(1);
    expect(skewedRank(1_000, exponent, () => 1 - Number.EPSILON / 2)).toBe(1_000);
    expect(skewedRank(1, exponent, () => 0.999)).toBe(1);
  });
});

/** The same events each time, so that what holds for them always holds. */
function sample(): readonly ClientEvent[] {
  const random = seededRandom();
  return Array.from({ length: EVENTS }, () => randomEvent(random, NOW));
}

/** A linear congruential generator (Numerical Recipes, section 7.1). */
function seededRandom(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function parse(body: Record<string, unknown>): ParsedEvent {
  return parseEvent(body, { nowMs: Date.now(), mintEventId: () => Bun.randomUUIDv7() });
}

/** The share of each distinct text, the largest first. */
function shares(texts: readonly string[]): readonly number[] {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts.values()].map((count) => count / texts.length).toSorted((a, b) => b - a);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
