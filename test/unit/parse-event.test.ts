import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { EVENT_FIELDS } from "../../src/event/event.ts";
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
  ["an array", ["a"], "got an array"],
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
    expect(Object.keys(fields)).toEqual(EVENT_FIELDS.map(({ name }) => name));
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

  test("ignores unknown fields named as in Object.prototype", () => {
    const body = JSON.parse(
      `{"__proto__": {"site_id": "x", "polluted": true}, "constructor": 1, "prototype": 2,
        "toString": 3, "extra": {"deep": []}, ${JSON.stringify(sampleBody()).slice(1)}`,
    );
    expect(parseEvent(body, CONTEXT)).toEqual(parseEvent(sampleBody(), CONTEXT));
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
