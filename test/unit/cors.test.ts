import { describe, expect, test } from "bun:test";
import { eventHeaders, eventResponseInits } from "../../src/http/cors.ts";

const NAMES = ["Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Vary"];

function corsOf(origin: string | null): readonly (string | undefined)[] {
  const headers = eventHeaders(origin);
  return NAMES.map((name) => headers[name]);
}

describe("the origin", () => {
  test.each([
    "https://shop.example",
    "http://localhost:5173",
    "http://[::1]:8080",
    "https://xn--bcher-kva.example",
    "chrome-extension://abcdefghijklmnop",
    "capacitor://localhost",
  ])("%s may send credentials and read", (origin) => {
    expect(corsOf(origin)).toEqual([origin, "true", "Origin"]);
  });

  test("null may read without credentials", () => {
    expect(corsOf("null")).toEqual(["*", undefined, "Origin"]);
  });

  test.each([
    null,
    "",
    "*",
    "shop.example",
    "https://",
    "https://a.example/path",
    "https://user@a.example",
    "https://a.example, https://b.example",
    "https://a.example:port",
    "https://a b",
    'https://a.example"',
    `https://${"a".repeat(300)}.example`,
  ])("%p may not read", (origin) => {
    expect(corsOf(origin)).toEqual([undefined, undefined, "Origin"]);
  });
});

test("a response names the origin of its own request", () => {
  const accepted = eventResponseInits(202);
  for (let site = 0; site < 200; site += 1) {
    for (const origin of [null, `https://${site}.example`, `https://${site % 3}.example`]) {
      const { status, headers } = new Response("{}", accepted(origin));
      expect(status).toBe(202);
      expect(headers.get("Access-Control-Allow-Origin")).toBe(origin);
    }
  }
});
