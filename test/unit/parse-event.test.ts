import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type AnalyticsEvent, CORE_FIELDS, OPTIONAL_FIELDS } from "../../src/event/event.ts";
import {
  EVENT_TYPE_BYTES_MAX,
  PATH_BYTES_MAX,
  SITE_ID_BYTES_MAX,
  USER_ID_BYTES_MAX,
} from "../../src/event/limits.ts";
import { type FieldProblems, parseEvent } from "../../src/event/parse-event.ts";
import { acceptedText } from "../support/arbitraries.ts";
import { sampleBody } from "../support/sample-event.ts";

const NOW_MS = Date.parse("2026-01-15T10:00:00.000Z");
const MINTED = "019bbf00-0000-7000-8000-000000000000";
const CONTEXT = { nowMs: NOW_MS, mintEventId: () => MINTED };
const TEXT_FIELDS = ["site_id", "event_type", "path", "user_id"] as const;
const BYTES_MAX_BY_FIELD = {
  site_id: SITE_ID_BYTES_MAX,
  event_type: EVENT_TYPE_BYTES_MAX,
  path: PATH_BYTES_MAX,
  user_id: USER_ID_BYTES_MAX,
} as const;
const REQUIRED = [...TEXT_FIELDS, "timestamp"];

const BAD_TEXTS: readonly (readonly [string, unknown, string])[] = [
  ["missing", undefined, "got nothing"],
  ["null", null, "got null"],
  ["empty", "", "got an empty string"],
  ["a number", 42, "got the number 42"],
  ["zero", 0, "got the number 0"],
  ["a boolean", false, "got the boolean false"],
  ["an array", ["a"], "got an array of 1"],
  ["an object", { a: 1 }, "got an object"],
  ["a string object", Object("a"), "got an object"],
  ["a NUL", "\0", 'got "\\u0000"'],
  ["with a NUL at its end", "a\0", 'got "a\\u0000"'],
  ["with a lone high surrogate", "a\ud800b", "got a lone surrogate"],
  ["with a lone low surrogate", "\udc00", "got a lone surrogate"],
  ["with its surrogates swapped", "\ude00\ud83d", "got a lone surrogate"],
];

function problemsOf(body: Readonly<Record<string, unknown>>): FieldProblems {
  const parsed = parseEvent(body, CONTEXT);
  return parsed.kind === "invalid" ? parsed.fields : {};
}

function parsedFields(fields: Readonly<Record<string, unknown>>): Partial<AnalyticsEvent> {
  const parsed = parseEvent(sampleBody(fields), CONTEXT);
  return parsed.kind === "event" ? parsed.event : {};
}

function ignoredBy(body: Readonly<Record<string, unknown>>): readonly string[] {
  const parsed = parseEvent(body, CONTEXT);
  return parsed.kind === "event" ? Object.keys(parsed.ignored ?? {}) : [];
}

/** Texts of exactly `bytesMax` bytes in characters of one to four bytes. */
function textsAtLimit(bytesMax: number): readonly string[] {
  return [
    "a".repeat(bytesMax),
    "é".repeat(bytesMax / 2),
    `${"€".repeat(Math.floor(bytesMax / 3))}${"a".repeat(bytesMax % 3)}`,
    "😀".repeat(bytesMax / 4),
  ];
}

describe("parsing an event", () => {
  test("returns it when every field is valid", () => {
    expect(parseEvent(sampleBody(), CONTEXT)).toEqual({
      kind: "event",
      event: {
        eventId: "9b2f7c1e-8a54-4f0e-9a3b-0d1c2e3f4a5b",
        siteId: "example.com",
        eventType: "page_view",
        path: "/pricing",
        userId: "user-42",
        timestamp: "2026-01-15T09:30:00.000Z",
      },
    });
  });

  test("mints an id when the client sends none", () => {
    const { event_id: _, ...body } = sampleBody();
    expect(parseEvent(body, CONTEXT)).toMatchObject({ event: { eventId: MINTED } });
  });

  test("names every missing field at once", () => {
    const fields = problemsOf({});
    expect(Object.keys(fields)).toEqual(REQUIRED);
    for (const [name, text] of Object.entries(fields)) {
      expect(text).toStartWith(`Expected ${name} to be `);
      expect(text).toEndWith(", got nothing");
    }
  });

  test("names every invalid field at once", () => {
    const fields = problemsOf({
      site_id: 42,
      event_type: "",
      path: "/".repeat(PATH_BYTES_MAX + 1),
      user_id: "a\0b",
      timestamp: "yesterday",
      event_id: null,
    });
    expect(Object.keys(fields)).toEqual(CORE_FIELDS.map(({ name }) => name));
  });

  test("tells a clock that is behind from an invalid event", () => {
    const ahead = { timestamp: "2026-01-16T10:00:00.001Z" };
    expect(parseEvent(sampleBody(ahead), CONTEXT)).toMatchObject({ isAhead: true });
    const alsoInvalid = sampleBody({ ...ahead, path: "" });
    expect(parseEvent(alsoInvalid, CONTEXT)).toMatchObject({ isAhead: false });
    const old = sampleBody({ timestamp: "1999-12-31T23:59:59.999Z" });
    expect(parseEvent(old, CONTEXT)).toMatchObject({ isAhead: false });
  });

  test.each(TEXT_FIELDS)("accepts %s up to its limit and not a byte more", (name) => {
    const bytesMax = BYTES_MAX_BY_FIELD[name];
    for (const text of textsAtLimit(bytesMax)) {
      expect(problemsOf(sampleBody({ [name]: text }))).toEqual({});
      expect(problemsOf(sampleBody({ [name]: `${text}a` }))).toEqual({
        [name]: `Expected ${name} to be at most ${bytesMax} bytes of UTF-8, got ${bytesMax + 1} bytes`,
      });
    }
  });

  for (const [what, value, ending] of BAD_TEXTS) {
    test.each(TEXT_FIELDS)(`refuses %s that is ${what}`, (name) => {
      const fields = problemsOf(sampleBody({ [name]: value }));
      expect(Object.keys(fields)).toEqual([name]);
      expect(fields[name]).toStartWith(`Expected ${name} to be `);
      expect(fields[name]).toEndWith(ending);
    });
  }

  test("leaves out unknown fields named as in Object.prototype", () => {
    const body = JSON.parse(
      `{"__proto__": {"site_id": "x", "polluted": true}, "constructor": 1, "prototype": 2,
        "toString": 3, "extra": {"deep": []}, ${JSON.stringify(sampleBody()).slice(1)}`,
    );
    const parsed = parseEvent(body, CONTEXT);
    expect(parsed).toMatchObject(parseEvent(sampleBody(), CONTEXT));
    expect(ignoredBy(body)).toEqual(["__proto__", "constructor", "prototype", "toString", "extra"]);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  test("takes no field from a __proto__ key", () => {
    const body = JSON.parse(`{"__proto__": ${JSON.stringify(sampleBody())}}`);
    expect(Object.keys(problemsOf(body))).toEqual(REQUIRED);
  });

  test("keeps every accepted text unchanged", () => {
    const texts = fc.record({
      site_id: acceptedText(SITE_ID_BYTES_MAX),
      event_type: acceptedText(EVENT_TYPE_BYTES_MAX),
      path: acceptedText(PATH_BYTES_MAX),
      user_id: acceptedText(USER_ID_BYTES_MAX),
    });
    fc.assert(
      fc.property(texts, ({ site_id, event_type, path, user_id }) => {
        const parsed = parseEvent(sampleBody({ site_id, event_type, path, user_id }), CONTEXT);
        const event = { siteId: site_id, eventType: event_type, path, userId: user_id };
        expect(parsed).toMatchObject({ event });
      }),
    );
  });

  test.each([[{ toString: 1, valueOf: 2 }], [[{ toString: 1 }]], [Object.create(null)]])(
    "names its problem for an object without a text: %j",
    (value) => {
      for (const name of [...REQUIRED, "event_id"]) {
        const parsed = parseEvent(sampleBody({ [name]: value }), CONTEXT);
        const fields = { [name]: expect.stringMatching(/, got an (?:object|array of 1)$/) };
        expect(parsed).toEqual({ kind: "invalid", fields, isAhead: false });
      }
    },
  );

  test("returns an event or named problems for any object", () => {
    const value = fc.oneof(fc.jsonValue(), fc.string({ unit: "binary" }), fc.constant("a\ud800"));
    const names = fc.constantFrom(...REQUIRED, "event_id", "other");
    fc.assert(
      fc.property(fc.dictionary(names, value), (body) => {
        const parsed = parseEvent(body, CONTEXT);
        if (parsed.kind === "event") return;
        expect(Object.keys(parsed.fields).length).toBeGreaterThan(0);
        for (const [name, text] of Object.entries(parsed.fields)) {
          expect(text).toStartWith(`Expected ${name} to be `);
          expect(Buffer.byteLength(text)).toBeLessThan(300);
        }
      }),
    );
  });
});

/** Values of optional fields, valid and invalid. */
const OPTIONAL: readonly (readonly [
  name: string,
  key: string,
  good: readonly string[],
  bad: readonly unknown[],
])[] = [
  ["hostname", "hostname", ["example.com", "a".repeat(255)], ["a".repeat(256), 5]],
  ["referrer", "referrer", ["https://a.example/?q", "android-app://x"], ["a".repeat(2_049), {}]],
  ["utm_source", "utmSource", ["news letter"], ["a".repeat(256), ["a"]]],
  ["utm_medium", "utmMedium", ["e-mail"], ["a\0b"]],
  ["utm_campaign", "utmCampaign", ["spring"], ["\ud800"]],
  ["utm_term", "utmTerm", ["term"], [true]],
  ["utm_content", "utmContent", ["content"], [0]],
  ["title", "title", ["Preise – é", "a".repeat(512)], [5, "a".repeat(513)]],
  ["language", "language", ["en", "zh-Hant-TW"], ["a".repeat(36), 1]],
  ["screen", "screen", ["1920x1080", "0x0"], ["1920", "1920X1080", "100000x1", "x"]],
  ["country", "country", ["DE"], ["de", "DEU", "D1", 49]],
  ["device", "device", ["phone"], [1]],
  ["browser", "browser", ["Firefox"], [1]],
  ["os", "os", ["Linux"], [1]],
  ["session_id", "sessionId", ["s-1"], [1, "a".repeat(257)]],
  ["properties", "properties", [], [5, "{}", [], true]],
  ["engaged_ms", "engagedMs", [], [-1, 1.5, "5", 86_400_001, true]],
];

describe("an optional field", () => {
  test("is in the table with its cases", () => {
    expect(OPTIONAL.map(([name, key]) => [name, key])).toEqual(
      OPTIONAL_FIELDS.map(({ name, key }) => [name, key]),
    );
  });

  test.each(OPTIONAL)("%s is kept when valid and left out otherwise", (name, key, good, bad) => {
    for (const value of good) {
      expect(parsedFields({ [name]: value })).toHaveProperty(key, value);
      expect(ignoredBy(sampleBody({ [name]: value }))).toEqual([]);
    }
    for (const value of bad) {
      expect(parsedFields({ [name]: value })).not.toHaveProperty(key);
      expect(ignoredBy(sampleBody({ [name]: value }))).toEqual([name]);
    }
  });

  test("of numbers is kept as its digits", () => {
    for (const ms of [0, 12_000, 86_400_000]) {
      expect(parsedFields({ engaged_ms: ms })).toHaveProperty("engagedMs", String(ms));
    }
  });

  test("that the engine sets itself is unknown to clients", () => {
    expect(parsedFields({ visitor: "daily" })).not.toHaveProperty("visitor");
    expect(ignoredBy(sampleBody({ visitor: "daily" }))).toEqual(["visitor"]);
    const fromStream = parseEvent(sampleBody({ visitor: "daily" }), {
      ...CONTEXT,
      takesInternal: true,
    });
    expect(fromStream).toMatchObject({ kind: "event", event: { visitor: "daily" } });
  });

  test.each(OPTIONAL)("%s may be null or empty", (name, key) => {
    for (const value of [null, "", undefined]) {
      expect(parsedFields({ [name]: value })).not.toHaveProperty(key);
      expect(ignoredBy(sampleBody({ [name]: value }))).toEqual([]);
    }
  });

  test("that is invalid or unknown is refused when parsing strictly", () => {
    const body = sampleBody({ title: 5, titel: "a", properties: { a: {}, b: 1 } });
    const parsed = parseEvent(body, { ...CONTEXT, isStrict: true });
    expect(parsed).toEqual({
      kind: "invalid",
      isAhead: false,
      fields: {
        title: "Expected title to be a string of 1 to 512 bytes, got the number 5",
        titel: expect.stringMatching(/^Expected one of event_id, site_id, .*, url$/),
        "properties.a":
          "Expected a property to be a string, a number, a boolean or null, got an object",
      },
    });
  });

  test("is named a hundred times at most", () => {
    const unknown = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`f${i}`, 1]));
    expect(ignoredBy(sampleBody(unknown))).toHaveLength(100);
    expect(parsedFields({ ...unknown, title: "last" })).toMatchObject({ title: "last" });
  });
});

describe("properties", () => {
  const json = (properties: unknown) => parsedFields({ properties }).properties;

  test("are kept as JSON, in their order", () => {
    const properties = { b: "é", a: 1.5, yes: true, nothing: null, empty: "" };
    expect(json(properties)).toBe(JSON.stringify(properties));
    expect(json({})).toBe("{}");
  });

  const long = "a".repeat(1_024);
  const cases: readonly (readonly [string, Record<string, unknown>, readonly string[]])[] = [
    ["a nested object", { a: {}, b: [], c: 1 }, ["properties.a", "properties.b"]],
    ["an infinite number", { a: JSON.parse("1e999"), c: 1 }, ["properties.a"]],
    ["a NUL or a lone surrogate", { a: "\0", b: "\udc00", c: 1 }, ["properties.a", "properties.b"]],
    ["a value over its limit", { a: `${long}a`, b: long, c: 1 }, ["properties.a"]],
    [
      "a name over its limit",
      { ["n".repeat(65)]: 1, ["n".repeat(64)]: 1, c: 1 },
      [`properties.${"n".repeat(65)}`],
    ],
    ["an empty name", { "": 1, c: 1 }, ["properties."]],
  ];
  test.each(cases)("lose only %s", (_, properties, ignored) => {
    expect(ignoredBy(sampleBody({ properties }))).toEqual([...ignored]);
    expect(JSON.parse(json(properties) ?? "")).toHaveProperty("c", 1);
  });

  test("are at most 32", () => {
    const properties = Object.fromEntries(Array.from({ length: 34 }, (_, i) => [`p${i}`, i]));
    expect(ignoredBy(sampleBody({ properties }))).toEqual(["properties.p32", "properties.p33"]);
    expect(Object.keys(JSON.parse(json(properties) ?? ""))).toHaveLength(32);
  });

  test("keep one behind more than a reply names", () => {
    const nested = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`p${i}`, {}]));
    expect(ignoredBy(sampleBody({ properties: nested }))).toHaveLength(100);
    expect(json({ ...nested, last: 1 })).toBe('{"last":1}');
  });

  test("have at most 8 KiB in all", () => {
    const properties = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`p${i}`, long]));
    expect(ignoredBy(sampleBody({ properties }))).toEqual(["properties.p7", "properties.p8"]);
    expect(json(properties)?.length).toBeLessThanOrEqual(8_192);
  });

  test("may be named __proto__", () => {
    const properties = JSON.parse('{"__proto__": "x", "constructor": 1}');
    expect(json(properties)).toBe('{"__proto__":"x","constructor":1}');
  });
});

describe("a url", () => {
  const withoutPath = (fields: Readonly<Record<string, unknown>>, keptQuery: string[] = []) => {
    const { path: _, ...body } = sampleBody(fields);
    return parseEvent(body, { ...CONTEXT, keptQuery: new Set(keptQuery) });
  };
  const url =
    "https://user:pw@Shop.Example:8443/a%20b/é?utm_source=x+y&utm_source=z&id=7&utm_medium=&q=secret#top";

  test("gives host name, path and campaign", () => {
    const parsed = withoutPath({ url });
    expect(parsed).toMatchObject({
      event: { hostname: "shop.example", path: "/a%20b/%C3%A9", utmSource: "x y" },
    });
    expect(JSON.stringify(parsed)).not.toContain("secret");
    expect(parsed).not.toHaveProperty("ignored");
  });

  test("keeps the query parameters that it may", () => {
    expect(withoutPath({ url }, ["id", "lang"])).toMatchObject({
      event: { path: "/a%20b/%C3%A9?id=7" },
    });
  });

  test("keeps no query with which the path is too long", () => {
    const long = `https://a.example/b?id=${"'".repeat(1_900)}&utm_source=x`;
    expect(withoutPath({ url: long }, ["id"])).toMatchObject({
      event: { path: "/b", utmSource: "x" },
    });
  });

  test("gives way to a field beside it", () => {
    const given = { path: "/given", hostname: "given.example", utm_source: "given" };
    expect(parseEvent(sampleBody({ url, ...given }), CONTEXT)).toMatchObject({
      event: { path: "/given", hostname: "given.example", utmSource: "given" },
    });
  });

  test.each([null, ""])("fills a field beside it that is %j", (absent) => {
    const given = { path: absent, hostname: absent, utm_source: absent };
    const parsed = parseEvent(sampleBody({ url, ...given }), CONTEXT);
    expect(parsed).toMatchObject({
      event: { path: "/a%20b/%C3%A9", hostname: "shop.example", utmSource: "x y" },
    });
    expect(parsed).not.toHaveProperty("ignored");
  });

  test.each([null, ""])("is absent when it is %j", (absent) => {
    const parsed = parseEvent(sampleBody({ url: absent }), { ...CONTEXT, isStrict: true });
    expect(parsed.kind).toBe("event");
    expect(parsed).not.toHaveProperty("ignored");
  });

  const bad = ["/relative", "ftp://a/", "data:,x", "javascript:1", "http://", "a".repeat(3_000), 5];
  test.each(bad)("that is %j is left out", (value) => {
    expect(ignoredBy(sampleBody({ url: value }))).toEqual(["url"]);
    const parsed = withoutPath({ url: value });
    expect(parsed.kind === "invalid" ? Object.keys(parsed.fields) : []).toEqual(["path", "url"]);
  });
});
