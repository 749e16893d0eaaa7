import { describe, expect, test } from "bun:test";
import { limitRulesOf } from "../../../src/access/limits/limit-rules.ts";
import { type Client, Limiter } from "../../../src/access/limits/limiter.ts";
import type { Rate } from "../../../src/access/limits/rate.ts";
import { QueueFlowError } from "../../../src/errors.ts";

const UTC_MS = Date.parse("2026-01-15T22:00:00.500Z");
const NOW = { nowMs: 5_000, utcMs: UTC_MS };
const ADDRESS = "192.0.2.1";
const OTHER = "192.0.2.2";
const NO_RATES = { events: undefined, requests: undefined };

const rules = limitRulesOf({
  keys: [
    {
      keyId: "limited",
      limits: { events_per_second: 5, requests_per_second: 1, burst_seconds: 4 },
    },
    { keyId: "daily", limits: { events_per_day: 100 } },
    { keyId: "free", limits: {} },
  ],
  sites: [
    { siteId: "rate", limits: { events_per_second: 3 } },
    { siteId: "requests", limits: { requests_per_second: 2, burst_seconds: 1 } },
    { siteId: "quota", limits: { events_per_day: 10 } },
    { siteId: "closed", limits: { events_per_day: 0 } },
    { siteId: "free", limits: { burst_seconds: 60 } },
  ],
});

function limiterOf(address: { events?: Rate; requests?: Rate } = {}): Limiter {
  const limiter = new Limiter({ address: { ...NO_RATES, ...address }, isShared: true });
  limiter.setRules(rules);
  return limiter;
}

type Sites = readonly (readonly [siteId: string, count: number])[];

function eventsOf(...sites: Sites) {
  return sites.flatMap(([siteId, count]) => Array.from({ length: count }, () => ({ siteId })));
}

/** Returns the code of the refusal with the seconds to wait, or undefined. */
function refusalOf(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (!(error instanceof QueueFlowError)) throw error;
    const { code, retryAfterS } = error;
    return retryAfterS === undefined ? code : `${code} ${retryAfterS}`;
  }
}

function send(limiter: Limiter, sites: Sites, client: Partial<Client> = {}) {
  return refusalOf(() =>
    limiter.admitEvents({ address: ADDRESS, ...client }, eventsOf(...sites), NOW),
  );
}

describe("a limiter without limits", () => {
  test("is off", () => {
    expect(new Limiter({ address: NO_RATES, isShared: true }).isOff).toBe(true);
    const empty = limitRulesOf({ keys: [{ keyId: "free", limits: {} }], sites: [] });
    const limiter = new Limiter({ address: NO_RATES, isShared: true });
    limiter.setRules(empty);
    expect(limiter.isOff).toBe(true);
  });

  test("is on with any limit", () => {
    const rate = { perSecond: 1, burst: 1 };
    expect(limiterOf().isOff).toBe(false);
    for (const address of [{ events: rate }, { requests: rate }]) {
      expect(new Limiter({ address: { ...NO_RATES, ...address }, isShared: true }).isOff).toBe(
        false,
      );
    }
  });
});

describe("limits of events", () => {
  test("count for each address", () => {
    const limiter = limiterOf({ events: { perSecond: 2, burst: 10 } });
    expect(send(limiter, [["any", 10]])).toBeUndefined();
    expect(send(limiter, [["any", 1]])).toBe("rate_limited 1");
    expect(send(limiter, [["any", 9]])).toBe("rate_limited 5");
    expect(send(limiter, [["any", 10]], { address: OTHER })).toBeUndefined();
  });

  test("count for each key, whatever its address", () => {
    const limiter = limiterOf();
    expect(send(limiter, [["any", 20]], { keyId: "limited" })).toBeUndefined();
    expect(send(limiter, [["any", 1]], { keyId: "limited", address: OTHER })).toBe(
      "rate_limited 1",
    );
    expect(send(limiter, [["any", 100]], { keyId: "free" })).toBeUndefined();
  });

  test("count for each site, with a burst of ten seconds by default", () => {
    const limiter = limiterOf();
    expect(
      send(limiter, [
        ["rate", 30],
        ["free", 100],
      ]),
    ).toBeUndefined();
    expect(send(limiter, [["rate", 1]], { address: OTHER })).toBe("rate_limited 1");
    expect(send(limiter, [["free", 1]])).toBeUndefined();
  });

  test("admit a batch as a whole or not at all", () => {
    const limiter = limiterOf({ events: { perSecond: 1, burst: 40 } });
    expect(
      send(
        limiter,
        [
          ["rate", 25],
          ["any", 5],
        ],
        { keyId: "free" },
      ),
    ).toBeUndefined();
    // The site has 5, the address 10.
    expect(
      send(limiter, [
        ["rate", 6],
        ["any", 1],
      ]),
    ).toBe("rate_limited 1");
    expect(
      send(limiter, [
        ["rate", 1],
        ["any", 10],
      ]),
    ).toBe("rate_limited 1");
    expect(
      send(limiter, [
        ["rate", 5],
        ["any", 5],
      ]),
    ).toBeUndefined();
  });

  test("refuse a batch that no wait would admit", () => {
    const limiter = limiterOf({ events: { perSecond: 1, burst: 50 } });
    const messageOf = (site: string, count: number, client: Partial<Client> = {}) => {
      try {
        limiter.admitEvents({ address: ADDRESS, ...client }, eventsOf([site, count]), NOW);
      } catch (error) {
        return error instanceof Error ? error.message : undefined;
      }
      return undefined;
    };
    const expected = (max: number, name: string, who: string, got: number) =>
      `Expected at most ${max} events in one request, the ${name} of ${who}, got ${got}`;
    expect(send(limiter, [["any", 51]])).toBe("batch_over_limit");
    expect(messageOf("any", 51)).toBe(expected(50, "burst", "this address", 51));
    expect(messageOf("any", 21, { keyId: "limited" })).toBe(expected(20, "burst", "this key", 21));
    expect(messageOf("rate", 31)).toBe(expected(30, "burst", "site rate", 31));
    expect(messageOf("quota", 11)).toBe(expected(10, "daily quota", "site quota", 11));
    expect(send(limiter, [["any", 50]])).toBeUndefined();
    expect(send(limiter, [["any", 51]])).toBe("batch_over_limit");
  });

  test("are given back", () => {
    const limiter = limiterOf({ events: { perSecond: 1, burst: 100 } });
    const client = { address: ADDRESS };
    const events = eventsOf(["rate", 30], ["quota", 10]);
    const admission = limiter.admitEvents(client, events, NOW);
    expect(send(limiter, [["rate", 1]])).toBe("rate_limited 1");
    expect(send(limiter, [["quota", 1]])).toBe("quota_exhausted 7200");
    limiter.giveBack(admission, NOW.nowMs);
    expect(refusalOf(() => limiter.admitEvents(client, events, NOW))).toBeUndefined();
  });

  test("of a site outlast a flood of addresses", () => {
    const limiter = limiterOf({ events: { perSecond: 0.001, burst: 1_000 } });
    expect(send(limiter, [["rate", 30]])).toBeUndefined();
    for (let i = 0; i < 600_000; i += 1) {
      const address = `10.${i >>> 16}.${(i >>> 8) & 0xff}.${i & 0xff}`;
      limiter.admitEvents({ address }, [{ siteId: "any" }], NOW);
    }
    expect(send(limiter, [["rate", 1]], { address: OTHER })).toBe("rate_limited 1");
  });

  test("reach the other threads", () => {
    const [one, other] = [limiterOf(), limiterOf()];
    expect(send(one, [["rate", 30]])).toBeUndefined();
    one.admitRequest({ address: ADDRESS, siteId: "requests" }, NOW.nowMs);
    one.admitRequest({ address: ADDRESS, siteId: "requests" }, NOW.nowMs);
    const taken = one.collectTaken();
    if (taken !== undefined) other.addTaken(taken, NOW.nowMs);
    expect(one.collectTaken()).toBeUndefined();
    expect(send(other, [["rate", 1]])).toBe("rate_limited 1");
    expect(send(other, [["requests", 1]])).toBe("rate_limited 1");
  });
});

describe("limits of requests", () => {
  const ask = (limiter: Limiter, client: Partial<Client> = {}) =>
    refusalOf(() => limiter.admitRequest({ address: ADDRESS, ...client }, NOW.nowMs));

  test("count for each address and each key", () => {
    const limiter = limiterOf({ requests: { perSecond: 0.5, burst: 5 } });
    for (let i = 0; i < 4; i += 1) expect(ask(limiter, { keyId: "limited" })).toBeUndefined();
    expect(ask(limiter, { keyId: "limited" })).toBe("rate_limited 1");
    expect(ask(limiter)).toBeUndefined();
    expect(ask(limiter)).toBe("rate_limited 2");
    expect(ask(limiter, { address: OTHER })).toBeUndefined();
  });

  test("count for the site of the key or of the question", () => {
    const limiter = limiterOf();
    expect(ask(limiter, { siteId: "requests" })).toBeUndefined();
    expect(ask(limiter, { siteId: "requests" })).toBeUndefined();
    expect(ask(limiter, { siteId: "requests" })).toBe("rate_limited 1");
    expect(ask(limiter)).toBeUndefined();
  });

  test("count once for a site that only the events name", () => {
    const limiter = limiterOf();
    expect(send(limiter, [["requests", 100]])).toBeUndefined();
    expect(send(limiter, [["requests", 100]])).toBeUndefined();
    expect(send(limiter, [["requests", 1]])).toBe("rate_limited 1");
    // Taken before the body.
    expect(send(limiter, [["requests", 1]], { siteId: "requests" })).toBeUndefined();
  });
});

describe("quotas of a day", () => {
  test("end with the UTC day", () => {
    const limiter = limiterOf();
    expect(send(limiter, [["quota", 9]])).toBeUndefined();
    expect(send(limiter, [["quota", 2]])).toBe("quota_exhausted 7200");
    expect(send(limiter, [["quota", 1]])).toBeUndefined();
    expect(send(limiter, [["quota", 1]])).toBe("quota_exhausted 7200");
    const nextDay = { nowMs: 1, utcMs: UTC_MS + 7_200_000 };
    const client = { address: ADDRESS };
    expect(
      refusalOf(() => limiter.admitEvents(client, eventsOf(["quota", 10]), nextDay)),
    ).toBeUndefined();
  });

  test("count for a key, whatever its sites", () => {
    const limiter = limiterOf();
    const client = { keyId: "daily" };
    expect(
      send(
        limiter,
        [
          ["any", 60],
          ["free", 40],
        ],
        client,
      ),
    ).toBeUndefined();
    expect(send(limiter, [["any", 1]], client)).toBe("quota_exhausted 7200");
    expect(send(limiter, [["any", 101]], client)).toBe("batch_over_limit");
    expect(send(limiter, [["any", 1]])).toBeUndefined();
  });

  test("of zero admit nothing", () => {
    expect(send(limiterOf(), [["closed", 1]])).toBe("quota_exhausted 7200");
  });

  test("take nothing from a refused batch", () => {
    const limiter = limiterOf();
    expect(send(limiter, [["rate", 30]])).toBeUndefined();
    expect(
      send(limiter, [
        ["quota", 10],
        ["rate", 1],
      ]),
    ).toBe("rate_limited 1");
    expect(send(limiter, [["quota", 10]])).toBeUndefined();
  });
});
