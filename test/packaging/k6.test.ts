import { describe, expect, mock, test } from "bun:test";
import { join } from "node:path";
import { type ClientEvent, randomEvent, skewedRank } from "../../bench/k6/event.ts";
import { type ParsedEvent, parseEvent } from "../../src/event/parse-event.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { ROOT } from "./project-files.ts";

const EVENTS = 20_000;
const NOW = new Date("2026-01-15T09:30:00.000Z");

/** What a script of k6 exports. */
interface Script {
  readonly options: {
    readonly scenarios: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    readonly thresholds: Readonly<Record<string, readonly unknown[]>>;
  };
  readonly setup: () => void;
  readonly default: () => void;
  readonly handleSummary?: (data: unknown) => Readonly<Record<string, string>>;
}

describe("bench/k6", () => {
  test("type-checks against k6's own types", async () => {
    const tsc = join(ROOT, "node_modules/.bin/tsc");
    const child = Bun.spawn([tsc, "--noEmit", "-p", "bench/k6"], { cwd: ROOT, stdout: "pipe" });
    expect(await new Response(child.stdout).text()).toBe("");
    expect(await child.exited).toBe(0);
  }, 60_000);
});

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

describe("ingest-latency", () => {
  test("takes its rate and limits from the environment", async () => {
    const env = {
      RATE: "200",
      DURATION: "5s",
      P50_MS: "3",
      P95_MS: "4",
      P99_MS: "5",
      FAILURES_MAX: "0.01",
    };
    const { options } = await load("ingest-latency", env);
    expect(options.scenarios["ingest"]).toMatchObject({
      rate: 200,
      timeUnit: "1s",
      duration: "5s",
    });
    expect(options.thresholds).toEqual({
      "http_req_duration{scenario:ingest}": ["p(50)<3", "p(95)<4", "p(99)<5"],
      "http_req_failed{scenario:ingest}": ["rate<=0.01"],
      dropped_iterations: ["rate<=2"],
    });
  });

  test("posts valid events to the target", async () => {
    const { script, posts } = await load("ingest-latency", {
      TARGET: "http://engine:1234",
      RATE: "",
    });
    script.default();
    expect(posts.map(({ url }) => url)).toEqual(["http://engine:1234/event"]);
    expect(parse(JSON.parse(posts[0]?.body ?? "")).kind).toBe("event");
  });

  test("names the invalid variable", async () => {
    const thrown = await load("ingest-latency", { RATE: "many" }).catch((error: unknown) => error);
    expect(thrown).toEqual(new Error('Expected RATE to be a number from 0, got "many"'));
  });
});

describe("ingest-stress", () => {
  test("raises the rate in steps with limits", async () => {
    const { options } = await load("ingest-stress", { RATE: "100", RATE_MAX: "300" });
    expect(options.scenarios["ingest"]?.["stages"]).toEqual(
      [100, 200, 300].flatMap((target) => [
        { target, duration: "2s" },
        { target, duration: "10s" },
      ]),
    );
    expect(options.thresholds["http_req_duration{rate:200}"]).toEqual([
      { threshold: "p(99)<50", abortOnFail: true, delayAbortEval: "5s" },
    ]);
  });

  test("tags each event with the current rate", async () => {
    const { script, posts } = await load("ingest-stress", { RATE: "100", RATE_MAX: "300" });
    for (const secondsAgo of [1, 5, 13, 17]) {
      scenario.startTime = Date.now() - secondsAgo * 1_000;
      script.default();
    }
    expect(posts.map(({ tags }) => tags["rate"])).toEqual(["ramp", "100", "ramp", "200"]);
  });

  test("prints the knee when a rate breaks a limit", async () => {
    const { script } = await load("ingest-stress", { RATE: "100", RATE_MAX: "300" });
    const duration = (p99: number, ok: boolean) => ({
      values: { "p(99)": p99 },
      thresholds: { "p(99)<50": { ok } },
    });
    const metrics = {
      "http_req_duration{rate:100}": duration(4, true),
      "http_req_duration{rate:200}": duration(90, false),
    };
    expect(script.handleSummary?.({ metrics })["stdout"]).toContain(
      "The knee: the SLA held up to 100 events a second.",
    );
  });
});

describe("spike", () => {
  test("sends ten times the rate, then checks the recovery", async () => {
    const { options } = await load("spike", { RATE: "50", DURATION: "1m", SPIKE_DURATION: "5s" });
    const { before, spike, after } = options.scenarios;
    expect([before, spike, after].map((part) => [part?.["rate"], part?.["startTime"]])).toEqual([
      [50, "0s"],
      [500, "60s"],
      [50, "65s"],
    ]);
    expect(options.thresholds["http_req_duration{scenario:after}"]).toContain("p(99)<50");
  });
});

describe("soak, stats-read and mixed", () => {
  test.each(["soak", "stats-read", "mixed"])(
    "%s holds each of its scenarios to limits",
    async (name) => {
      const { script, options } = await load(name, {});
      const limits = Object.keys(options.thresholds).join(" ");
      for (const [scenarioName, { exec = "default" }] of Object.entries(options.scenarios)) {
        expect(limits).toContain(`http_req_failed{scenario:${scenarioName}}`);
        expect(script).toHaveProperty(String(exec), expect.any(Function));
      }
    },
  );
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

const folder = temporaryFolder("k6");
const scenario = { startTime: 0 };
let loads = 0;

/** Loads a script as k6 does, as one file, with k6's modules replaced by ones that record what is sent. */
async function load(name: string, env: Readonly<Record<string, string>>) {
  const posts: { url: string; body: string; tags: Readonly<Record<string, string>> }[] = [];
  Object.assign(globalThis, { __ENV: env });
  await mock.module("k6", () => ({ fail: () => undefined }));
  await mock.module("k6/http", () => ({
    default: {
      expectedStatuses: () => undefined,
      post: (url: string, body: string, { tags }: { tags: Record<string, string> }) =>
        posts.push({ url, body, tags }),
    },
  }));
  await mock.module("k6/execution", () => ({ scenario }));
  await mock.module("k6/metrics", () => ({ Trend: function Trend() {} }));
  loads += 1;
  await Bun.build({
    entrypoints: [join(ROOT, `bench/k6/${name}.ts`)],
    external: ["k6", "k6/*"],
    outdir: folder,
    naming: `[name]-${loads}.js`,
  });
  const script: Script = await import(join(folder, `${name}-${loads}.js`));
  return { script, options: script.options, posts };
}
