import { describe, expect, test } from "bun:test";
import { dropReasonOf } from "../../src/collect/drop-reason.ts";
import { firstLanguage } from "../../src/collect/language.ts";
import { InvalidFieldsError } from "../../src/errors.ts";
import type { ParseContext } from "../../src/event/parse-event.ts";
import { beaconOfQuery } from "../../src/http/collect/beacon-of-query.ts";
import { type BrowserFacts, collect } from "../../src/protocols/collect.ts";

const NOW_MS = Date.UTC(2026, 0, 15, 9, 30);
const EVENT_ID = "00000000-0000-4000-8000-000000000001";
const PAGE = "https://www.shop.example/a?utm_source=mail&q=secret#hash";
const context: ParseContext = { nowMs: NOW_MS, mintEventId: () => EVENT_ID };
const PERSON = { facts: {}, isRobot: false };

async function read(beacon: unknown, more: Partial<BrowserFacts> = {}, site?: string) {
  const protocol = collect({
    derived: { device: "desktop", browser: "Chrome", os: "Windows", country: "DE", language: "de" },
    drop: undefined,
    dailyUserId: (siteId, atMs) => `${siteId} ${new Date(atMs).toISOString()}`,
    ...more,
  });
  const body = Buffer.from(JSON.stringify(beacon));
  const [first] = await protocol.parse(body, { ...context, siteId: site });
  if (first === undefined) throw new Error("Expected an event, got none");
  return first;
}

async function eventOf(beacon: object) {
  const found = await read({ site_id: "shop.example", url: PAGE, ...beacon });
  if (found.kind !== "event") throw new Error(`Expected an event, got ${Bun.inspect(found)}`);
  return found;
}

describe("an event of a browser", () => {
  test("has what the page and its request tell", async () => {
    const { event, ignored } = await eventOf({});
    expect(event).toEqual({
      eventId: EVENT_ID,
      siteId: "shop.example",
      eventType: "page_view",
      hostname: "www.shop.example",
      path: "/a",
      utmSource: "mail",
      userId: "shop.example 2026-01-15T09:30:00.000Z",
      visitor: "daily",
      timestamp: "2026-01-15T09:30:00.000Z",
      device: "desktop",
      browser: "Chrome",
      os: "Windows",
      country: "DE",
      language: "de",
    });
    expect(ignored).toBeUndefined();
  });

  test.each([
    ["fr", "fr"],
    ["", "de"],
    ["x".repeat(36), "de"],
  ])("in the language %p is in %p", async (language, expected) => {
    expect((await eventOf({ language })).event.language).toBe(expected);
  });

  test("is of its visitor's day when it is late", async () => {
    const { event } = await eventOf({ at_ms_ago: 86_400_000 });
    expect(event.timestamp).toBe("2026-01-14T09:30:00.000Z");
    expect(event.userId).toBe("shop.example 2026-01-14T09:30:00.000Z");
  });

  test("is of the visitor that it names", async () => {
    const { event } = await eventOf({ user_id: "ann" });
    expect([event.userId, event.visitor]).toEqual(["ann", undefined]);
  });

  test.each([null, ""])("takes %p for no value", async (none) => {
    const beacon = { user_id: none, event_type: none, at_ms_ago: none, language: none };
    const { event, ignored } = await eventOf({ ...beacon, referrer: none });
    expect(event).toMatchObject({ visitor: "daily", eventType: "page_view", language: "de" });
    expect(ignored).toBeUndefined();
  });

  test("is of the site of its key unless it names one", async () => {
    expect(await read({ url: PAGE }, {}, "key.example")).toMatchObject({
      event: { siteId: "key.example", userId: expect.stringMatching(/^key\.example /) },
    });
  });

  test.each([
    ["timestamp", "2026-01-01T00:00:00Z"],
    ["visitor", "daily"],
    ["country", "US"],
    ["device", "tv"],
    ["browser", "Lynx"],
    ["os", "Plan 9"],
    ["hostname", "other.example"],
    ["utm_source", "other"],
    ["session_id", "s"],
    ["__proto__", { siteId: "x" }],
    ["constructor", "x"],
  ])("cannot say %s", async (name, value) => {
    const beacon = JSON.parse(
      `{"site_id":"shop.example","url":"${PAGE}",${JSON.stringify(name)}:${JSON.stringify(value)}}`,
    );
    const { event } = await eventOf({});
    const found = await read(beacon);
    expect(found).toEqual({
      kind: "event",
      event,
      ignored: Object.fromEntries([[name, expect.stringContaining("Expected one of site_id, ")]]),
    });
  });

  test("may have another path than its url", async () => {
    const { event } = await eventOf({});
    expect(await eventOf({ path: "/app#/cart" })).toEqual({
      kind: "event",
      event: { ...event, path: "/app#/cart" },
    });
  });

  test.each<[what: string, beacon: object, stored: object]>([
    ["path", { path: `/${"é".repeat(2_048)}` }, { path: `/${"é".repeat(1_023)}` }],
    ["path of a url", { url: `https://a/${"a".repeat(4_096)}` }, { path: `/${"a".repeat(2_047)}` }],
    ["title", { title: "x".repeat(513) }, { title: "x".repeat(512) }],
    ["title of emoji", { title: `1${"😀".repeat(512)}` }, { title: `1${"😀".repeat(127)}` }],
    ["referrer", { referrer: `https://a/b?${"c".repeat(2_048)}` }, { referrer: "https://a/b" }],
    [
      "referrer's path",
      { referrer: `https://a/${"b".repeat(4_096)}` },
      { referrer: `https://a/${"b".repeat(2_038)}` },
    ],
  ])("has a long %s cut, and loses nothing else", async (_, beacon, expected) => {
    const { event, ignored } = await eventOf(beacon);
    expect(event).toMatchObject(expected);
    expect(ignored).toBeUndefined();
  });

  test("may have a long query", async () => {
    const { event } = await eventOf({ url: `${PAGE}&gclid=${"a".repeat(60_000)}` });
    expect(event).toMatchObject({ path: "/a", utmSource: "mail" });
  });

  test.each([
    ["https://shop.example/b", undefined],
    ["http://WWW.SHOP.EXAMPLE:8080/", undefined],
    ["https://blog.shop.example/", "https://blog.shop.example/"],
    ["https://notshop.example/", "https://notshop.example/"],
    ["android-app://com.app/", "android-app://com.app/"],
    ["no url", "no url"],
    ["https://ann:secret@a.example/b?c#token", "https://a.example/b?c"],
    ["https://a.example/#token", "https://a.example/"],
    ["app://ann:secret@a/", "app://a/"],
    [`https://ann@a.example/${"é".repeat(1_000)}`, undefined],
    ["mailto:ann@shop.example", "mailto:ann@shop.example"],
  ])("with the referrer %s has the source %p", async (referrer, source) => {
    expect((await eventOf({ referrer })).event.referrer).toBe(source);
  });

  test.each<[field: string, what: string, value: unknown]>([
    ["at_ms_ago", "before it happened", -1],
    ["at_ms_ago", "more than a day", 86_400_001],
    ["at_ms_ago", "a part of one", 1.5],
    ["at_ms_ago", "a text", "60"],
    ["at_ms_ago", "a huge number", Number.MAX_VALUE],
    ["at_ms_ago", "true", true],
    ["url", "none", undefined],
    ["url", "a path", "/a"],
    ["url", "a script", "javascript:alert(1)"],
    ["url", "data", "data:text/html,a"],
    ["url", "a file", "file:///etc/passwd"],
    ["url", "a number", 7],
    ["site_id", "none", undefined],
    ["site_id", "with a NUL", "a\u0000"],
    ["event_type", "too long", "a".repeat(65)],
    ["user_id", "a number", 42],
    ["user_id", "half a character", "\ud800"],
    ["event_id", "an object", {}],
  ])("is refused for its %s: %s", async (field, _, value) => {
    const found = await read({ site_id: "shop.example", url: PAGE, [field]: value });
    if (found.kind !== "invalid") throw new Error(`Expected no event, got ${found.kind}`);
    expect(Object.keys(found.fields)).toEqual([field]);
    expect(found.fields[field]).toMatch(/^Expected \w+ to be /);
  });

  test("is refused with each of its problems", async () => {
    const found = await read({ at_ms_ago: -1, url: 1, user_id: 2 });
    if (found.kind !== "invalid") throw new Error(`Expected no event, got ${found.kind}`);
    const names = ["at_ms_ago", "site_id", "url", "user_id"];
    expect(Object.keys(found.fields).toSorted()).toEqual(names);
  });

  test("that is dropped asks for no visitor", async () => {
    const dailyUserId = () => {
      throw new Error("The visitor was asked for");
    };
    const facts = { drop: "robot", dailyUserId } as const;
    const dropped = await read({ site_id: "shop.example", url: PAGE }, facts);
    expect(dropped).toMatchObject({ kind: "dropped", reason: "robot" });
    expect(await read({ site_id: "shop.example" }, facts)).toMatchObject({ kind: "invalid" });
  });

  test("that is dropped gets a 202 with the reason", () => {
    const { reply } = collect({ derived: {}, drop: undefined, dailyUserId: () => "" });
    expect(reply([{ kind: "dropped", reason: "gpc" }], false)).toEqual({
      status: 202,
      body: '{"status":"dropped","reason":"gpc"}',
      dropped: "gpc",
    });
  });
});

describe("a request", () => {
  test.each<[headers: Record<string, string>, respectsGpc: boolean, reason: string | undefined]>([
    [{}, true, undefined],
    [{ "Sec-Purpose": "prefetch" }, false, "prefetch"],
    [{ "Sec-Purpose": "prefetch;prerender" }, false, "prefetch"],
    [{ Purpose: "prefetch" }, false, "prefetch"],
    [{ Purpose: "preview" }, false, "prefetch"],
    [{ "X-Moz": "Prefetch" }, false, "prefetch"],
    [{ "Sec-GPC": "1", DNT: "1" }, false, undefined],
    [{ "Sec-GPC": "1", DNT: "1" }, true, "gpc"],
    [{ "Sec-GPC": "0", DNT: "1" }, true, "dnt"],
    [{ "Sec-GPC": "0", DNT: "0" }, true, undefined],
  ])("with %p, respecting %p, is dropped as %p", (headers, respectsGpc, reason) => {
    const facts = { headers: new Headers(headers), agent: PERSON, respectsGpc };
    expect(dropReasonOf(facts)).toBe(reason as never);
    const robot = { ...facts, agent: { facts: {}, isRobot: true } };
    expect(dropReasonOf(robot)).toBe("robot");
  });

  test.each([
    ["de-CH, fr;q=0.9", "de-CH"],
    ["en", "en"],
    ["zh-Hant-TW;q=0.8", "zh-Hant-TW"],
    ["*", undefined],
    ["", undefined],
    [null, undefined],
    ["<script>", undefined],
    [`en${"-abcdefgh".repeat(20)}`, undefined],
  ])("whose Accept-Language is %p is in %p", (header, language) => {
    expect(firstLanguage(header)).toBe(language as never);
  });
});

describe("the parameters of a pixel", () => {
  const of = (query: string, headers: Record<string, string> = {}) =>
    beaconOfQuery(new Request(`http://localhost/collect.gif?${query}`, { headers }));

  test("are the fields of its event", () => {
    const properties = encodeURIComponent('{"plan":"pro","n":1}');
    const query = `site_id=a&url=https%3A%2F%2Fa%2F%3Fb%26c&at_ms_ago=60&engaged_ms=5&properties=${properties}&title=a+b&v=2&=&title=last`;
    expect(of(query)).toEqual({
      site_id: "a",
      url: "https://a/?b&c",
      at_ms_ago: 60,
      engaged_ms: 5,
      properties: { plan: "pro", n: 1 },
      title: "last",
    });
  });

  test("without a page are of the one that embeds it", () => {
    const headers = { Referer: "https://a.example/page" };
    expect(of("site_id=a", headers)["url"]).toBe("https://a.example/page");
    expect(of("site_id=a&url=https://b/", headers)["url"]).toBe("https://b/");
    expect(of("site_id=a&url=", headers)["url"]).toBe("https://a.example/page");
    expect(of("site_id=a")["url"]).toBeNull();
  });

  test.each([
    ["at_ms_ago=soon", { at_ms_ago: "soon" }],
    ["at_ms_ago=-1", { at_ms_ago: "-1" }],
    ["properties={", { properties: "{" }],
    ["site_id=&constructor=1", {}],
  ])("%s stay what they are", (query, expected) => {
    expect(of(query)).toEqual({ url: null, ...expected });
  });

  test("that are no UTF-8 are refused, unless unknown", () => {
    expect(of("other=%ff&site_id=%EF%BF%BD")["site_id"]).toBe("\ufffd");
    expect(() => of("site_id=%ff")).toThrow(InvalidFieldsError);
  });
});
