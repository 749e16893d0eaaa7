import { describe, expect, mock, test } from "bun:test";
import { join } from "node:path";
import { type ClientEvent, randomEvent, skewedRank } from "../../bench/k6/event.ts";
import { type ParsedEvent, parseEvent } from "../../src/event/parse-event.ts";
import { ROOT } from "./project-files.ts";

const EVENTS = 20_000;
const NOW = new Date("2026-01-15T09:30:00.000Z");

/** What a script of k6 exports. */
interface Script {
  readonly options: {
    readonly scenarios: { readonly ingest: Readonly<Record<string, unknown>> };
    readonly thresholds: Readonly<Record<string, readonly string[]>>;
  };
  readonly setup: () => void;
  readonly default: () => void;
}

describe("bench/k6", () => {
  test("bench/k6 type-checks against k6's own types", async () => {
    const tsc = join(ROOT, "node_modules/.bin/tsc");
    const child = Bun.spawn([tsc, "--noEmit", "-p", "bench/k6"], { cwd: ROOT, stdout: "pipe" });
    expect(await new Response(child.stdout).text()).toBe("");
    expect(await child.exited).toBe(0);
  }, 60_000);
});

describe("randomEvent", () => {
  test("randomEvent makes events that the engine accepts", () => {
    const parsed = sample().map((event) => parse({ ...event }));
    expect(parsed.filter(({ kind }) => kind !== "event")).toEqual([]);
  });

  test("randomEvent spreads them over many sites, paths and users, a few of which have most", () => {
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
  test.each([0.5, 0.8, 1])("skewedRank stays from 1 to the count with exponent %d", (exponent) => {
    expect(skewedRank(1_000, exponent, () => 0)).toBe(1);
    expect(skewedRank(1_000, exponent, () => 1 - Number.EPSILON / 2)).toBe(1_000);
    expect(skewedRank(1, exponent, () => 0.999)).toBe(1);
  });
});

describe("ingest-latency", () => {
  test("ingest-latency sends events at the rate, and fails by the limits, that the environment gives", async () => {
    const env = {
      RATE: "200",
      DURATION: "5s",
      P50_MS: "3",
      P95_MS: "4",
      P99_MS: "5",
      FAILURES_MAX: "0.01",
    };
    const { options } = await load(env);
    expect(options.scenarios.ingest).toMatchObject({ rate: 200, timeUnit: "1s", duration: "5s" });
    expect(options.thresholds).toEqual({
      "http_req_duration{scenario:ingest}": ["p(50)<3", "p(95)<4", "p(99)<5"],
      "http_req_failed{scenario:ingest}": ["rate<=0.01"],
      dropped_iterations: ["rate<=2"],
    });
  });

  test("ingest-latency posts events that the engine accepts to the target", async () => {
    const { script, posts } = await load({ TARGET: "http://engine:1234", RATE: "" });
    script.default();
    expect(posts.map(({ url }) => url)).toEqual(["http://engine:1234/event"]);
    expect(parse(JSON.parse(posts[0]?.body ?? "")).kind).toBe("event");
  });

  test("ingest-latency names the variable that is wrong", async () => {
    const thrown = await load({ RATE: "many" }).catch((error: unknown) => error);
    expect(thrown).toEqual(new Error('Expected RATE to be a number from 0, got "many"'));
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
  return parseEvent(body, { nowMs: Date.now(), mintEventId: Bun.randomUUIDv7 });
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

let loads = 0;

/** Loads the script as k6 does, with k6's modules replaced by ones that record what is sent. */
async function load(env: Readonly<Record<string, string>>) {
  const posts: { url: string; body: string }[] = [];
  Object.assign(globalThis, { __ENV: env });
  await mock.module("k6", () => ({ fail: () => undefined }));
  await mock.module("k6/http", () => ({
    default: {
      expectedStatuses: () => undefined,
      post: (url: string, body: string) => posts.push({ url, body }),
    },
  }));
  loads += 1;
  const script: Script = await import(`${join(ROOT, "bench/k6/ingest-latency.ts")}?load=${loads}`);
  return { script, options: script.options, posts };
}
