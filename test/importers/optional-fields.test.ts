import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { OPTIONAL_FIELDS } from "../../src/event/event.ts";
import { NGINX_JSON } from "../../src/importers/formats/nginx-json.ts";
import { lineEvent } from "../../src/importers/line-event.ts";

type Fields = Readonly<Record<string, string>>;

const LONG = "x".repeat(2_049);

/** Returns path and optional fields of the event of a line, and the names of the fields that it goes without. */
function read(fields: Fields): { readonly event: Fields; readonly leftOut: readonly string[] } {
  const line = {
    time_iso8601: "2026-01-15T09:30:00Z",
    remote_addr: "192.0.2.7",
    request: "GET /a HTTP/1.1",
    ...fields,
  };
  const text = Buffer.from(JSON.stringify(line)).toString("latin1");
  const outcome = lineEvent(
    { number: 1, text, result: NGINX_JSON.open()(text) },
    {
      siteId: "example.com",
      only: "all",
      keptQuery: new Set(["id"]),
      format: NGINX_JSON.name,
      nowMs: Date.parse("2026-11-22T00:00:00Z"),
    },
  );
  if (outcome.kind !== "event") throw new Error(JSON.stringify(outcome));
  const optional = OPTIONAL_FIELDS.flatMap(({ key }): [string, string][] => {
    const value = outcome.event[key];
    return value === undefined ? [] : [[key, value]];
  });
  const event = { path: outcome.event.path, ...Object.fromEntries(optional) };
  return { event, leftOut: Object.keys(outcome.leftOut) };
}

describe("the query of a request", () => {
  const QUERIES: readonly [query: string, event: Fields, ...leftOut: string[]][] = [
    ["", { path: "/a" }],
    ["?", { path: "/a" }],
    ["?q=secret&UTM_SOURCE=x&utm_id=1", { path: "/a" }],
    ["?utm_source=a&utm_source=b", { path: "/a", utmSource: "a" }],
    ["??utm_source=a", { path: "/a" }],
    ["?utm%5Fsource=a+b%20c%C3%A9", { path: "/a", utmSource: "a b cé" }],
    ["?utm_source=&utm_medium", { path: "/a" }],
    ["?utm_source=s&utm_medium=m", { path: "/a", utmSource: "s", utmMedium: "m" }],
    ["?utm_campaign=c&utm_term=t", { path: "/a", utmCampaign: "c", utmTerm: "t" }],
    ["?utm_content=c", { path: "/a", utmContent: "c" }],
    ["?utm_source=%E9%", { path: "/a", utmSource: "\ufffd%" }],
    ["?utm_source=\ud800", { path: "/a", utmSource: "\ufffd" }],
    ["?utm_source=%00&utm_term=t", { path: "/a", utmTerm: "t" }, "utm_source"],
    ["?__proto__=1&path=/b&hostname=b&site_id=b", { path: "/a" }],
    ["?id=7&q=secret&id=8", { path: "/a?id=7&id=8" }],
    ["?id=a+b'%C3%A9é\ud800%00", { path: "/a?id=a+b%27%C3%A9%C3%A9%EF%BF%BD%00" }],
  ];

  test.each([...QUERIES])("gives fields: %j", (query, event, ...leftOut) => {
    expect(read({ request: `GET /a${query} HTTP/1.1` })).toEqual({
      event,
      leftOut,
    });
  });
});

describe("headers", () => {
  const HEADERS: readonly [headers: Fields, event: Fields, ...leftOut: string[]][] = [
    [{ host: "Www.Example.com:80", referer: "-" }, { hostname: "www.example.com" }],
    [{ host: "a\0.example", referer: "" }, {}],
    [{ referer: "not a URL" }, { referrer: "not a URL" }],
    [{ referer: "a\0" }, {}, "referrer"],
    [{ referer: "\udc00" }, {}, "referrer"],
  ];

  test.each([...HEADERS])("give fields: %j", (headers, event, ...leftOut) => {
    expect(read(headers)).toEqual({
      event: { path: "/a", ...event },
      leftOut,
    });
  });
});

describe("an event", () => {
  const LIMITS: readonly [what: string, fields: Fields, event: Fields, ...leftOut: string[]][] = [
    ["the longest referrer", { referer: LONG.slice(1) }, { referrer: LONG.slice(1) }],
    ["no longer referrer", { referer: LONG }, {}, "referrer"],
    ["no referrer of more bytes", { referer: "é".repeat(1_025) }, {}, "referrer"],
    ["no longer host", { host: `${LONG}.example` }, {}],
    ["no longer campaign", { request_uri: `/a?utm_source=${LONG}` }, {}, "utm_source"],
    ["no longer query", { request_uri: `/a?id=${LONG}&utm_term=t` }, { utmTerm: "t" }],
  ];

  test.each([...LIMITS])("has %s", (_, fields, event, ...leftOut) => {
    expect(read(fields)).toEqual({
      event: { path: "/a", ...event },
      leftOut,
    });
  });

  test("is never lost to an optional field", () => {
    const text = fc.string({ unit: "binary", maxLength: 300 });
    const query = fc.oneof(
      text,
      text.map((value) => `utm_source=${value}&id=${value}`),
    );
    fc.assert(
      fc.property(text, text, query, (host, referer, asked) => {
        const { event } = read({ host, referer, request_uri: `/a?${asked}` });
        expect(event["path"]).toMatch(/^\/a(?:\?id=|$)/);
        for (const value of Object.values(event)) {
          expect(value.isWellFormed() && !value.includes("\0")).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});
