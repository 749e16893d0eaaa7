import { describe, expect, test } from "bun:test";
import { expectOwnOrigin } from "../../../src/http/sessions/own-origin.ts";
import { setCookie } from "../../../src/http/sessions/session-cookie.ts";

type Headers = Readonly<Record<string, string>>;

function request(headers: Headers, url = "http://a.example/session"): Request {
  return new Request(url, { method: "POST", headers });
}

describe("a page is the engine's own", () => {
  const own: [string, Headers][] = [
    ["by what the browser says", { "Sec-Fetch-Site": "same-origin" }],
    ["behind a proxy that changes Host", { "Sec-Fetch-Site": "same-origin", Host: "inner" }],
    ["by its Origin", { Origin: "http://a.example:3000", Host: "a.example:3000" }],
    ["with the port of the scheme", { Origin: "https://a.example", Host: "a.example:443" }],
    [
      "by HTTPS in front",
      { Origin: "https://a.example", Host: "a.example", "X-Forwarded-Proto": "https" },
    ],
  ];
  test.each(own)("%s", (_, headers) => {
    expect(() => expectOwnOrigin(request(headers))).not.toThrow();
  });
});

describe("a page is another site's", () => {
  const others: [string, Headers][] = [
    ["without either header", { Host: "a.example" }],
    ["by what the browser says", { "Sec-Fetch-Site": "cross-site", Origin: "http://a.example" }],
    ["on another port", { "Sec-Fetch-Site": "same-site", Host: "a.example" }],
    ["when somebody types the address", { "Sec-Fetch-Site": "none", Host: "a.example" }],
    ["by its Origin", { Origin: "http://b.example", Host: "a.example" }],
    ["by its port", { Origin: "http://a.example:81", Host: "a.example" }],
    ["in a sandbox", { Origin: "null", Host: "a.example" }],
    ["with a longer name", { Origin: "http://a.example.b.example", Host: "a.example" }],
    [
      "by plain HTTP",
      { Origin: "http://a.example", Host: "a.example", "X-Forwarded-Proto": "https" },
    ],
  ];
  test.each(others)("%s", (_, headers) => {
    expect(() => expectOwnOrigin(request(headers))).toThrow("Expected the Origin of");
  });
});

describe("the cookie is Secure", () => {
  const cases: [string, Headers, string, boolean][] = [
    ["not by plain HTTP", {}, "http://a/", false],
    ["by HTTPS", {}, "https://a/", true],
    ["behind X-Forwarded-Proto", { "X-Forwarded-Proto": "https" }, "http://a/", true],
    ["behind Forwarded", { Forwarded: 'for=192.0.2.1;proto="https"' }, "http://a/", true],
    ["not behind plain HTTP", { "X-Forwarded-Proto": "https, http" }, "http://a/", false],
  ];
  test.each(cases)("%s", (_, headers, url, isSecure) => {
    const cookie = setCookie(request(headers, url), "x", { path: "/stats/", maxAgeS: 60 });
    const rest = "queueflow_session=x; Path=/stats/; Max-Age=60; HttpOnly; SameSite=Lax";
    expect(cookie).toBe(isSecure ? `${rest}; Secure` : rest);
  });
});
