import { describe, expect, test } from "bun:test";
import { expectOwnOrigin } from "../../../src/http/sessions/own-origin.ts";
import { setCookie } from "../../../src/http/sessions/session-cookie.ts";

type Headers = Readonly<Record<string, string>>;

function request(headers: Headers, url = "http://a.example/session"): Request {
  return new Request(url, { method: "POST", headers });
}

const HTTPS = { "X-Forwarded-Proto": "https" };
const SAME = { "Sec-Fetch-Site": "same-origin" };

describe("a page is the engine's own", () => {
  const own: [string, Headers][] = [
    ["by its Origin", { Origin: "http://a.example:3000", Host: "a.example:3000" }],
    ["as the browser says, too", { Origin: "http://a.example", Host: "a.example", ...SAME }],
    ["with an IPv6 address", { Origin: "http://[::1]:3000", Host: "[::1]:3000" }],
    [
      "with the port of the scheme",
      { Origin: "https://a.example", Host: "a.example:443", ...SAME },
    ],
    ["by HTTPS in front", { Origin: "https://a.example", Host: "a.example", ...HTTPS }],
    [
      "by HTTPS of which a proxy says nothing",
      { Origin: "https://a.example", Host: "a.example", ...SAME },
    ],
    [
      "behind a proxy that changes Host",
      { Origin: "https://a.example", Host: "inner", "X-Forwarded-Host": "a.example", ...HTTPS },
    ],
    [
      "behind two proxies",
      {
        Origin: "https://a.example",
        Host: "inner",
        "X-Forwarded-Host": "a.example, b.example",
        ...HTTPS,
      },
    ],
    [
      "behind a proxy that says Forwarded",
      {
        Origin: "https://a.example:8443",
        Host: "inner",
        Forwarded: 'for=192.0.2.1;host="a.example:8443";proto=https',
      },
    ],
  ];
  test.each(own)("%s", (_, headers) => {
    expect(() => expectOwnOrigin(request(headers))).not.toThrow();
  });
});

describe("a page is another site's", () => {
  const others: [string, Headers][] = [
    ["without either header", { Host: "a.example" }],
    ["without an Origin", { Host: "a.example", ...SAME }],
    ["by what the browser says", { "Sec-Fetch-Site": "cross-site", Origin: "http://a.example" }],
    [
      "by its Origin, whatever else it says",
      { Origin: "http://b.example", Host: "a.example", ...SAME },
    ],
    ["on another port", { "Sec-Fetch-Site": "same-site", Host: "a.example" }],
    ["when somebody types the address", { "Sec-Fetch-Site": "none", Host: "a.example" }],
    ["by its Origin", { Origin: "http://b.example", Host: "a.example" }],
    ["by its port", { Origin: "http://a.example:81", Host: "a.example" }],
    ["in a sandbox", { Origin: "null", Host: "a.example" }],
    ["with a longer name", { Origin: "http://a.example.b.example", Host: "a.example" }],
    ["by plain HTTP", { Origin: "http://a.example", Host: "a.example", ...HTTPS }],
    ["by HTTPS on another server of the host", { Origin: "https://a.example", Host: "a.example" }],
    ["by another scheme", { Origin: "ftp://a.example", Host: "a.example" }],
    ["by a scheme of an app", { Origin: "chrome-extension://a.example", Host: "a.example" }],
    ["with a user", { Origin: "http://me@a.example", Host: "a.example" }],
    ["with a path", { Origin: "http://a.example/x", Host: "a.example" }],
    ["with a slash", { Origin: "http://a.example/", Host: "a.example" }],
    ["with a query", { Origin: "http://a.example?x", Host: "a.example" }],
    ["in upper case", { Origin: "http://A.example", Host: "a.example" }],
    ["beside another", { Origin: "http://a.example, http://b.example", Host: "a.example" }],
    [
      "behind a proxy of another",
      { Origin: "http://b.example", Host: "a.example", "X-Forwarded-Host": "c.example" },
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
