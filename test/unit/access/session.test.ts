import { describe, expect, test } from "bun:test";
import { newSession, openSession, randomText, signSession } from "../../../src/access/session.ts";
import { HOUR_MS } from "../../../src/event/day.ts";

const NOW_MS = Date.parse("2026-01-15T09:30:00Z");
const SECRET = randomText();
const SESSION = newSession({ kind: "operator" }, NOW_MS);
const TEXT = signSession(SESSION, SECRET);

function payloadOf(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

test("opens what it signed, for 12 hours", () => {
  expect(openSession(TEXT, SECRET, NOW_MS)).toEqual(SESSION);
  expect(openSession(TEXT, SECRET, NOW_MS + 12 * HOUR_MS - 1)).toEqual(SESSION);
  expect(openSession(TEXT, SECRET, NOW_MS + 12 * HOUR_MS)).toBeUndefined();
});

describe("does not open", () => {
  const [payload = "", signature = ""] = TEXT.split(".");
  const later = payloadOf({ ...SESSION, expiresAtMs: NOW_MS + 999 * HOUR_MS });
  const forged: [string, string][] = [
    ["nothing", ""],
    ["a dot", "."],
    ["no signature", payload],
    ["an empty signature", `${payload}.`],
    ["half a signature", `${payload}.${signature.slice(0, 20)}`],
    ["more than a signature", `${TEXT}.${signature}`],
    ["a longer life", `${later}.${signature}`],
    ["another secret's", signSession(SESSION, randomText())],
    ["an empty secret's", signSession(SESSION, "")],
    [
      "one of a newer engine",
      signSession({ ...SESSION, subject: { kind: "new" } } as never, SECRET),
    ],
    ["a long text", `${"x".repeat(100_000)}.${signature}`],
  ];
  test.each(forged)("%s", (_, text) => {
    expect(openSession(text, SECRET, NOW_MS)).toBeUndefined();
  });
});
