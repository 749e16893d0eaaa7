import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { eventIdOf, eventIdProblem, isEventKey, isUuid } from "../../src/event/event-id.ts";
import { acceptedText } from "../support/arbitraries.ts";

const NAMESPACE = "2c6a1a1e-9d0b-4f6e-8f5b-6f0a4a1d7c55";

const ACCEPTED_KEYS: readonly (readonly [string, string])[] = [
  ["one character", "x"],
  ["200 ASCII characters", "x".repeat(200)],
  ["200 emoji, which are 400 code units", "😀".repeat(200)],
  ["quotes and control characters", '"\\\r\n\t\u001b'],
  ["something like a UUID without hyphens", "9b2f7c1e8a544f0e9a3b0d1c2e3f4a5b"],
];

const REFUSED_KEYS: readonly (readonly [string, unknown, string])[] = [
  ["null", null, "got null"],
  ["empty", "", "got an empty string"],
  ["a number", 42, "got the number 42"],
  ["an object", {}, "got an object"],
  ["201 ASCII characters", "x".repeat(201), "got 201"],
  ["201 emoji", "😀".repeat(201), "got many more"],
  ["201 characters of one and two code units", `a${"😀".repeat(199)}b`, "got 201"],
  ["as long as a body", "x".repeat(65_000), "got many more"],
  ["a text with a NUL", "a\0b", 'got "a\\u0000b"'],
  ["a lone surrogate", "\ud83d", 'got "\ufffd"'],
];

describe("a client's key", () => {
  test.each(ACCEPTED_KEYS)("is valid with %s", (_, key) => {
    expect(isEventKey(key)).toBeTrue();
  });

  test.each(REFUSED_KEYS)("is refused when it is %s", (_, key, ending) => {
    expect(eventIdProblem(key)).toStartWith("Expected event_id to be ");
    expect(eventIdProblem(key)).toEndWith(ending);
  });
});

describe("the id of a key", () => {
  test("is a UUID key in lower case", () => {
    const upper = "9B2F7C1E-8A54-4F0E-9A3B-0D1C2E3F4A5B";
    expect(eventIdOf("a", upper)).toBe(upper.toLowerCase());
    expect(eventIdOf("a", upper)).toBe(eventIdOf("a", upper.toLowerCase()));
  });

  test("never changes between releases", () => {
    expect(eventIdOf("example.com", "order-1001-paid")).toBe(
      "8b537cd7-b531-5bf0-983d-6aabfda74b8a",
    );
  });

  test("is the UUIDv5 of RFC 9562 for any other key", () => {
    fc.assert(
      fc.property(acceptedText(128), acceptedText(200), (siteId, key) => {
        fc.pre(!isUuid(key));
        const id = eventIdOf(siteId, key);
        expect(id).toBe(uuidV5(`${siteId}\0${key}`));
        expect(isUuid(id)).toBeTrue();
      }),
    );
  });

  test("differs when site or key differ", () => {
    const ids = [
      eventIdOf("a", "key"),
      eventIdOf("b", "key"),
      eventIdOf("a", "keY"),
      eventIdOf("ak", "ey"),
      eventIdOf("é", "key"),
      eventIdOf("e\u0301", "key"),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe("a UUID", () => {
  const others = [
    "",
    "9b2f7c1e-8a54-4f0e-9a3b-0d1c2e3f4a5",
    "9b2f7c1e-8a54-4f0e-9a3b-0d1c2e3f4a5b\n",
    "{9b2f7c1e-8a54-4f0e-9a3b-0d1c2e3f4a5b}",
    "urn:uuid:9b2f7c1e-8a54-4f0e-9a3b-0d1c2e3f4a5b",
    "9b2f7c1e8a544f0e9a3b0d1c2e3f4a5b",
    "9b2f7c1e-8a54-4f0e-9a3b-0d1c2e3f4a5g",
    "9b2f7c1e-8a544-f0e-9a3b-0d1c2e3f4a5b",
  ];
  test.each(others.map((text) => [text]))("is not %j", (text) => {
    expect(isUuid(text)).toBeFalse();
  });

  test("is any UUID in any case", () => {
    fc.assert(fc.property(fc.uuid(), (id) => isUuid(id) && isUuid(id.toUpperCase())));
  });
});

/** RFC 9562, section 5.5, implemented independently of Bun. */
function uuidV5(name: string): string {
  const hash = createHash("sha1").update(Buffer.from(NAMESPACE.replaceAll("-", ""), "hex"));
  const bytes = hash.update(name, "utf8").digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
