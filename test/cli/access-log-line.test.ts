import { describe, expect, test } from "bun:test";
import { type AccessLogLine, parseAccessLogLine } from "../../src/cli/import/access-log-line.ts";

const AT = "[15/Jan/2026:09:30:00 +0000]";
const USUAL: AccessLogLine = {
  address: "192.0.2.7",
  agent: "Mozilla/5.0",
  request: "GET / HTTP/1.1",
  timestamp: "2026-01-15T09:30:00+0000",
  ending: "whole",
};

/** Real-world lines, and how they differ from the usual one. */
const READABLE: readonly [what: string, line: string, differs: Partial<AccessLogLine>][] = [
  ["the combined format", `192.0.2.7 - - ${AT} "GET / HTTP/1.1" 200 512 "-" "Mozilla/5.0"`, {}],
  ["the common format", `192.0.2.7 - frank ${AT} "GET / HTTP/1.1" 200 512`, { agent: undefined }],
  [
    "fields after the agent",
    `192.0.2.7 - - ${AT} "GET / HTTP/1.1" 200 512 "-" "Mozilla/5.0" "203.0.113.9" 0.003`,
    {},
  ],
  [
    "fields after the common format",
    `192.0.2.7 - - ${AT} "GET / HTTP/1.1" 200 512 0.003`,
    { agent: undefined },
  ],
  [
    "an agent that is not sent",
    `192.0.2.7 - - ${AT} "GET / HTTP/1.1" 200 512 "-" "-"`,
    { agent: "-" },
  ],
  ["an empty agent", `192.0.2.7 - - ${AT} "GET / HTTP/1.1" 200 512 "" ""`, { agent: "" }],
  [
    "an IPv6 address",
    `2001:db8::1:80 - - ${AT} "GET / HTTP/1.1" 200 512 "-" "Mozilla/5.0"`,
    { address: "2001:db8::1:80" },
  ],
  [
    "a host name",
    `crawl-66.example.com - - ${AT} "GET / HTTP/1.1" 200 512 "-" "Mozilla/5.0"`,
    { address: "crawl-66.example.com" },
  ],
  [
    "an address with a port",
    `192.0.2.7:50123 - - ${AT} "GET / HTTP/1.1" 200 512 "-" "Mozilla/5.0"`,
    { address: "192.0.2.7:50123" },
  ],
  [
    "a virtual host",
    `www.example.com:443 192.0.2.7 - - ${AT} "GET / HTTP/1.1" 200 512 "-" "Mozilla/5.0"`,
    {},
  ],
  [
    "a user with spaces",
    `192.0.2.7 - John Q. Public ${AT} "GET / HTTP/1.1" 200 512 "-" "Mozilla/5.0"`,
    {},
  ],
  [
    "a user with brackets",
    `192.0.2.7 - [admin] ${AT} "GET / HTTP/1.1" 200 512 "-" "Mozilla/5.0"`,
    {},
  ],
  ["an empty user", `192.0.2.7 -  ${AT} "GET / HTTP/1.1" 200 512 "-" "Mozilla/5.0"`, {}],
  ["no size and no status", `192.0.2.7 - - ${AT} "GET / HTTP/1.1" - - "-" "Mozilla/5.0"`, {}],
  [
    "another offset",
    `192.0.2.7 - - [31/Dec/2025:23:59:59 -0730] "GET / HTTP/1.1" 200 512 "-" "Mozilla/5.0"`,
    { timestamp: "2025-12-31T23:59:59-0730" },
  ],
  ["no request", `192.0.2.7 - - ${AT} "-" 408 0 "-" "Mozilla/5.0"`, { request: "-" }],
  ["an empty request", `192.0.2.7 - - ${AT} "" 400 0 "-" "Mozilla/5.0"`, { request: "" }],
  [
    "Apache's escapes",
    String.raw`192.0.2.7 - - ${AT} "GET /\"a\"\\b\tc\xc3\xa9 HTTP/1.1" 200 512 "-" "Mozilla/5.0"`,
    { request: 'GET /"a"\\b\tc\xc3\xa9 HTTP/1.1' },
  ],
  [
    "nginx's escapes",
    String.raw`192.0.2.7 - - ${AT} "GET /\x22a\x22\x5Cb HTTP/1.1" 200 512 "-" "Mozilla/5.0"`,
    { request: 'GET /"a"\\b HTTP/1.1' },
  ],
  [
    "escapes that are none",
    String.raw`192.0.2.7 - - ${AT} "GET /\q\xZZ HTTP/1.1" 200 512 "-" "Mozilla/5.0"`,
    { request: String.raw`GET /\q\xZZ HTTP/1.1` },
  ],
  [
    "a bare quote in the request",
    `192.0.2.7 - - ${AT} "GET /"a" HTTP/1.1" 200 512 "-" "Mozilla/5.0"`,
    { request: 'GET /"a" HTTP/1.1' },
  ],
  [
    "a request that mimics the rest of a line",
    String.raw`192.0.2.7 - - ${AT} "GET /\" 200 5 \"-\" \"Fake HTTP/1.1" 404 512 "-" "Mozilla/5.0"`,
    { request: 'GET /" 200 5 "-" "Fake HTTP/1.1' },
  ],
  [
    "an agent with quotes",
    String.raw`192.0.2.7 - - ${AT} "GET / HTTP/1.1" 200 512 "-" "an \"agent\""`,
    { agent: String.raw`an \"agent\"` },
  ],
  [
    "an agent that is cut",
    `192.0.2.7 - - ${AT} "GET / HTTP/1.1" 200 512 "-" "Mozilla/5.0 (comp`,
    { agent: "Mozilla/5.0 (comp", ending: "cut" },
  ],
  [
    "an agent that is cut inside an escape",
    `192.0.2.7 - - ${AT} "GET / HTTP/1.1" 200 512 "-" "Mozilla\\`,
    { agent: "Mozilla", ending: "cut" },
  ],
  [
    "a referer that is cut",
    `192.0.2.7 - - ${AT} "GET / HTTP/1.1" 200 512 "http://exam`,
    { agent: undefined, ending: "cut" },
  ],
];

const UNREADABLE: readonly [what: string, line: string][] = [
  ["nothing", ""],
  ["prose", "the quick brown fox"],
  ["JSON", '{"remote_addr":"192.0.2.7","request":"GET / HTTP/1.1"}'],
  ["an error log", "2026/01/15 09:30:00 [error] 31#31: *1 open() failed, client: 192.0.2.7"],
  ["a line cut inside its time", "192.0.2.7 - - [15/Jan/2026:09:3"],
  ["a line cut inside its request", `192.0.2.7 - - ${AT} "GET /ind`],
  ["a line cut before its status", `192.0.2.7 - - ${AT} "GET / HTTP/1.1"`],
  ["a month that does not exist", '192.0.2.7 - - [15/Xyz/2026:09:30:00 +0000] "GET /" 200 5'],
  ["a time without offset", '192.0.2.7 - - [15/Jan/2026:09:30:00] "GET / HTTP/1.1" 200 5'],
  ["a status that is none", `192.0.2.7 - - ${AT} "GET / HTTP/1.1" OK 5 "-" "Mozilla/5.0"`],
  ["an address that is missing", ` - - ${AT} "GET / HTTP/1.1" 200 5 "-" "Mozilla/5.0"`],
];

describe("parseAccessLogLine", () => {
  test.each([...READABLE])("parseAccessLogLine reads %s", (_, line, differs) => {
    expect(parseAccessLogLine(line)).toEqual({ ...USUAL, ...differs });
  });

  test.each([...UNREADABLE])("parseAccessLogLine refuses %s", (_, line) => {
    expect(parseAccessLogLine(line)).toBeUndefined();
  });
});
