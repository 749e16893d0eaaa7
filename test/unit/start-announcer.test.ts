import { describe, expect, test } from "bun:test";
import { StartAnnouncer } from "../../src/cli/start-announcer.ts";
import { type BannerFacts, startBanner } from "../../src/cli/start-banner.ts";
import type { MissingServers, StartState } from "../../src/thread-report.ts";

const FACTS: BannerFacts = {
  version: "0.1.0",
  addresses: { api: { host: "0.0.0.0", port: 3_000 }, operate: undefined },
  trustedProxies: [],
  ingestWorkers: 1,
  consumerWorkers: 2,
  reportWorkers: 1,
  redis: "redis:6379, set by REDIS_URL",
  postgres: "localhost:5432, set by POSTGRES_PASSWORD in .env",
};

const RUNNING = stateOf({});

function stateOf(missing: MissingServers): StartState {
  return { missing, keyless: undefined };
}

describe("the start banner", () => {
  test("says how to try a running engine", () => {
    const text = startBanner(FACTS, RUNNING);
    expect(text).toContain("QueueFlow Engine 0.1.0 is running\n");
    expect(text).toContain("curl -X POST http://localhost:3000/event");
    const own = startBanner(
      { ...FACTS, addresses: { api: { host: "192.0.2.7", port: 80 }, operate: undefined } },
      RUNNING,
    );
    expect(own).toContain("curl -X POST http://192.0.2.7:80/event");
    expect(startBanner({ ...FACTS, addresses: undefined }, RUNNING)).not.toContain("Try it");
  });

  test.each([
    [{ redis: "WRONGPASS" }, "waits for Redis\n", "refuses events until Redis answers"],
    [{ postgres: "refused" }, "waits for PostgreSQL\n", "accepts events, which are stored once"],
    [
      { postgres: "refused", access: "unknown" },
      "waits for PostgreSQL\n",
      "refuses events until PostgreSQL tells which keys there are",
    ],
    [{ access: "unknown" }, "waits for the keys\n", "refuses events until PostgreSQL tells"],
    [{ redis: "gone", postgres: "gone" }, "waits for Redis and PostgreSQL\n", "refuses events"],
  ])("says what is missing: %j", (missing, title, api) => {
    const text = startBanner(FACTS, stateOf(missing));
    expect(text).toContain(title);
    expect(text).toContain(api);
    const { redis, postgres }: MissingServers = missing;
    for (const why of [redis, postgres].filter((each) => each !== undefined))
      expect(text).toContain(`\n              ${why}\n`);
    expect(text).not.toMatch(/is running|Try it/);
  });

  test.each<[string, Partial<BannerFacts>, string | undefined]>([
    [
      "0.0.0.0",
      {},
      "everybody who reaches port 3000 may write. Close it, or set API_HOST=127.0.0.1 if no other machine needs the API.",
    ],
    ["127.0.0.1", {}, undefined],
    [
      "127.0.0.1",
      { trustedProxies: ["127.0.0.1"] },
      "everybody who reaches the proxies in front may write. Close it.",
    ],
    ["0.0.0.0", { addresses: undefined }, undefined],
  ])("warns of what needs no key: %s, %j", (host, facts, warning) => {
    const addresses = { api: { host, port: 3_000 }, operate: undefined };
    const keyless = { may: "write", todo: "Close it" };
    const text = startBanner({ ...FACTS, addresses, ...facts }, { missing: {}, keyless });
    expect(/^ {2}Access {6}(.*)$/m.exec(text)?.[1]).toBe(warning);
  });
});

test("announces what is missing once, then that it is running, once", () => {
  const printed: string[] = [];
  const announcer = new StartAnnouncer(FACTS, (text) => printed.push(text.split("\n")[1] ?? ""));
  announcer.servers(stateOf({ redis: "away" }));
  expect(printed).toEqual([]);
  announcer.threadsReady();
  announcer.servers(stateOf({ redis: "still away" }));
  announcer.servers(RUNNING);
  announcer.servers(stateOf({ postgres: "away" }));
  announcer.servers(RUNNING);
  expect(printed).toEqual([
    "QueueFlow Engine 0.1.0 waits for Redis",
    "QueueFlow Engine 0.1.0 is running",
  ]);
});
