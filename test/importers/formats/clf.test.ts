import { describe, expect, test } from "bun:test";
import { COMBINED, COMMON, VHOST_COMBINED } from "../../../src/importers/formats/clf.ts";
import type { LineResult, LogRequest } from "../../../src/importers/log-format.ts";
import { refusal, request } from "../request.ts";

const AT = "[15/Jan/2026:09:30:00 +0000]";
const ASKED = `${AT} "GET /a?b HTTP/1.1" 200 512`;
const REST = `${ASKED} "-" "Mozilla/5.0"`;
const LINE = `192.0.2.7 - - ${REST}`;

type Read = readonly [what: string, line: string, differs?: Partial<LogRequest>];
type Refused = readonly [what: string, line: string];

const combined = COMBINED.open();

describe("the combined format", () => {
  const READ: readonly Read[] = [
    ["the usual line", LINE],
    ["a user with spaces", `192.0.2.7 - John Q. Public ${REST}`],
    ["a user with brackets", `192.0.2.7 - [admin] ${REST}`],
    ["an empty user", `192.0.2.7 -  ${REST}`],
    ["no user at all", `192.0.2.7 - ${REST}`],
    [
      "no size and no status",
      `192.0.2.7 - - ${AT} "GET /a?b HTTP/1.1" - - "-" "Mozilla/5.0"`,
      { status: undefined },
    ],
    [
      "another offset",
      LINE.replace(AT, "[31/Dec/2025:23:59:59 -0730]"),
      { timestamp: "2025-12-31T23:59:59-0730" },
    ],
    [
      "no request",
      `192.0.2.7 - - ${AT} "-" 408 0 "-" "-"`,
      { target: "-", path: undefined, status: 408, agent: "-" },
    ],
    ["an empty agent", `192.0.2.7 - - ${ASKED} "" ""`, { agent: "" }],
    [
      "Apache's escapes",
      LINE.replace("/a?b", String.raw`/\"a\"\\b\tc\xc3\xa9`),
      { target: 'GET /"a"\\b\tc\xc3\xa9 HTTP/1.1', path: '/"a"\\b\tcé' },
    ],
    [
      "nginx's escapes",
      LINE.replace("/a?b", String.raw`/\x22a\x22\x5Cb`),
      { target: 'GET /"a"\\b HTTP/1.1', path: '/"a"\\b' },
    ],
    [
      "a bare quote in the request",
      LINE.replace("/a?b", '/"a"'),
      { target: 'GET /"a" HTTP/1.1', path: '/"a"' },
    ],
    [
      "a request that mimics the rest of a line",
      LINE.replace("/a?b", String.raw`/\" 200 5 \"-\" \"Fake`),
      { target: 'GET /" 200 5 "-" "Fake HTTP/1.1', path: '/" 200 5 "-" "Fake' },
    ],
    [
      "an agent with escaped quotes",
      `192.0.2.7 - - ${ASKED} "-" "an \\"agent\\""`,
      { agent: String.raw`an \"agent\"` },
    ],
    ["an agent in bare quotes", `192.0.2.7 - - ${ASKED} "-" ""a 2.0""`, { agent: '"a 2.0"' }],
    [
      "bare quotes in an agent before other fields",
      `192.0.2.7 - - ${ASKED} "-" "a "b" c" "-" 0.003`,
      { agent: 'a "b" c' },
    ],
    [
      "bare quotes in the referer",
      `192.0.2.7 - - ${ASKED} "http://x/"q"" "Mozilla/5.0"`,
      { referrer: 'http://x/"q"' },
    ],
    ["durations before the referer", `192.0.2.7 - - ${ASKED} 0.003 - "-" "Mozilla/5.0"`],
    ["a quoted duration before it", `192.0.2.7 - - ${ASKED} "0.003" "-" "Mozilla/5.0"`],
    ["a request id before it", `192.0.2.7 - - ${ASKED} 8f14e45fceea167a "-" "Mozilla/5.0"`],
    [
      "all kinds of fields after the agent",
      `${LINE} "-" rt=0.003 uct="0.000" 0.003 [upstream] "TLSv1.3" . `,
    ],
    ["a field after the agent that is cut", `${LINE} "198.51.100.7" rt="0.0`],
    ["Traefik's fields after the agent", `${LINE} 42 "web@docker" "http://172.18.0.3:80" 3ms`],
    [
      "an agent without its closing quote",
      `192.0.2.7 - - ${ASKED} "-" "Mozilla/5.0 (comp`,
      { agent: "Mozilla/5.0 (comp", isCut: true },
    ],
    [
      "an agent that is cut inside an escape",
      `192.0.2.7 - - ${ASKED} "-" "Mozilla\\`,
      { agent: "Mozilla", isCut: true },
    ],
    ["a line behind the prefix of syslog", `Nov 20 10:00:01 web1 nginx: ${LINE}`],
  ];

  test.each([...READ])("reads %s", (_, line, differs = {}) => {
    expect(combined(line)).toEqual(request(differs));
  });

  // A part of a field in bare quotes cannot be told from a whole one.
  const quoted = READ.filter(([what]) => !what.includes("bare quotes"));

  test.each(quoted)("takes no part of a line for the whole: %s", (_, line) => {
    const whole = combined(line);
    const other = combined(LINE);
    for (let at = 1; at < line.length; at += 1) {
      const cut = combined(line.slice(0, at));
      // An agent without its closing quote counts, and is marked.
      const isMarked = cut.kind === "request" && cut.request.isCut;
      if (cut.kind === "request" && !isMarked) expect<LineResult>(cut).toEqual(whole);
      for (const joined of [`${line.slice(0, at)}${LINE}`, `${line.slice(0, at)} ${LINE}`]) {
        const result = combined(joined);
        if (result.kind === "request") expect<LineResult>(result).toEqual(other);
      }
      const continued = combined(`${LINE}${line.slice(at)}`);
      if (continued.kind === "request") expect<LineResult>(continued).toEqual(other);
    }
  });

  const REFUSED: readonly Refused[] = [
    ["prose", "the quick brown fox"],
    ["an error log", "2026/01/15 09:30:00 [error] 31#31: *1 open() failed, client: 192.0.2.7"],
    ["a line cut inside its time", "192.0.2.7 - - [15/Jan/2026:09:3"],
    ["a line cut inside its request", `192.0.2.7 - - ${AT} "GET /ind`],
    ["a line cut before its status", `192.0.2.7 - - ${AT} "GET / HTTP/1.1"`],
    ["a line cut inside its size", `192.0.2.7 - - ${ASKED}`],
    ["a line cut inside its referer", `192.0.2.7 - - ${ASKED} "http://exam`],
    ["a line cut after its referer", `192.0.2.7 - - ${ASKED} "-"`],
    ["a month that does not exist", LINE.replace("Jan", "Xyz")],
    ["a month that spans two", LINE.replace("Jan", "anF")],
    ["a time without offset", LINE.replace(" +0000", "")],
    ["a status that is none", LINE.replace(" 200 ", " OK ")],
    ["an unquoted agent", `192.0.2.7 - - ${ASKED} "-" Mozilla/5.0 (X11; Linux)`],
    ["an unquoted referer", `192.0.2.7 - - ${ASKED} - "Mozilla/5.0"`],
    ["an unquoted referer before more fields", `192.0.2.7 - - ${ASKED} - "Mozilla/5.0" "0.003"`],
    ["referer and agent unquoted", `192.0.2.7 - - ${ASKED} - curl/8.5.0`],
    ["an agent without a referer", `192.0.2.7 - - ${ASKED} "curl/8.5.0" "198.51.100.7"`],
    ["agent and referer swapped", `192.0.2.7 - - ${ASKED} "Mozilla/5.0" "-"`],
    ["a duration without an agent", `192.0.2.7 - - ${ASKED} "0.003" "-"`],
    ["a host before the referer", `192.0.2.7 - - ${ASKED} "example.com" "-" "Mozilla/5.0"`],
    ["a line that goes on in its agent", `192.0.2.7 - - ${ASKED} "-" "Mozilla/5.${LINE}`],
    ["a line that goes on in its size", `192.0.2.7 - - ${AT} "GET / HTTP/1.1" 200 5${LINE}`],
    ["a line that goes on after its size", `192.0.2.7 - - ${ASKED} ${LINE}`],
    ["a line that goes on in its request", `192.0.2.7 - - ${AT} "GET /a${LINE}`],
    ["a line that goes on in its time", `192.0.2.7 - - [15/Jan/2026:${LINE}`],
    ["a line that goes on in its user", `192.0.2.7 - - ${LINE}`],
    [
      "the end of another line in the agent",
      `192.0.2.7 - - ${ASKED} "-" "Mozilla/5.0 (c/b HTTP/1.1" 200 5 "-" "Mozilla/5.0"`,
    ],
    ["the end of another request after the agent", `${LINE}TP/2.0" 302 - "-" "curl/8.5.0"`],
    ["the end of another size after the agent", `${LINE}12 "-" "curl/8.5.0"`],
    ["a single bare quote in the agent", `192.0.2.7 - - ${ASKED} "-" "a 5" tablet"`],
    ["quotes without end in the agent", `192.0.2.7 - - ${ASKED} "-" "${'a" b'.repeat(40)}`],
  ];

  test.each([...REFUSED])("refuses %s", (_, line) => {
    expect(combined(line)).toMatchObject(refusal("format"));
  });

  const VISITORS: readonly [head: string, visitor: string, isHostName?: boolean][] = [
    ["2001:DB8:0::7 - -", "2001:db8::7"],
    ["192.0.2.7:50123 - -", "192.0.2.7"],
    ["[2001:db8::7]:50123 - frank", "2001:db8::7"],
    ["::ffff:192.0.2.7 - -", "192.0.2.7"],
    ["crawl-66.Example.com - -", "crawl-66.example.com", true],
    ["host.example.net - John Smith", "host.example.net", true],
    ["www.example.com:443 192.0.2.7 - -", "192.0.2.7"],
    ["www.example.com 192.0.2.7 - -", "192.0.2.7"],
    ["www.example.com 192.0.2.7 -", "192.0.2.7"],
    ["[2001:db8::80]:443 2001:db8::7 - -", "2001:db8::7"],
    ["2001:db8::80 192.0.2.7 - -", "192.0.2.7"],
    ["203.0.113.80:80 192.0.2.7 - -", "192.0.2.7"],
    ["203.0.113.80 192.0.2.7 - -", "192.0.2.7"],
    ["_ 192.0.2.7 - -", "192.0.2.7"],
    ["192.0.2.7 www.example.com -", "192.0.2.7"],
    ["192.0.2.7 203.0.113.80 -", "192.0.2.7"],
    ["192.0.2.7 [2001:db8::80]:8080 frank", "192.0.2.7"],
    ["10.0.0.7 192.168.0.80 -", "10.0.0.7"],
    ["203.0.113.80:80 192.0.2.7 -", "192.0.2.7"],
    ["www.example.com:443 crawl-66.example.com - -", "crawl-66.example.com", true],
    ["198.51.100.7, 10.0.0.5 - -", "198.51.100.7"],
    ["198.51.100.7,10.0.0.5, 10.0.0.6 - -", "198.51.100.7"],
    ['"198.51.100.7, 10.0.0.5" - -', "198.51.100.7"],
    ['"198.51.100.7" 203.0.113.9 - -', "198.51.100.7"],
    ['"-" 192.0.2.7 - -', "192.0.2.7"],
    ["- 192.0.2.7 - -", "192.0.2.7"],
    ["198.51.100.7 10.0.0.5 - -", "198.51.100.7"],
    ["198.51.100.7, 10.0.0.5 10.0.0.6 - -", "198.51.100.7"],
    ["www.example.com 198.51.100.7, 10.0.0.5 - -", "198.51.100.7"],
  ];

  test.each([...VISITORS])("finds the visitor in %j", (head, visitor, isHostName = false) => {
    expect(combined(`${head} ${REST}`)).toMatchObject({
      kind: "request",
      request: { visitor, isHostName },
    });
  });

  const HOSTS: readonly [head: string, hostname: string][] = [
    ["Www.Example.com:443 192.0.2.7 - -", "www.example.com"],
    ["www.example.com 192.0.2.7 - -", "www.example.com"],
    ["www.example.com 192.0.2.7 -", "www.example.com"],
    ["www.example.com:443 crawl-66.example.com - -", "www.example.com"],
    ["www.example.com 198.51.100.7, 10.0.0.5 - -", "www.example.com"],
    ["b\xc3\xbccher.example 192.0.2.7 - -", "xn--bcher-kva.example"],
    ["[2001:db8::80]:443 2001:db8::7 - -", "[2001:db8::80]"],
    ["203.0.113.80:80 192.0.2.7 - -", "203.0.113.80"],
    ["192.0.2.7 www.example.com -", "www.example.com"],
    ["192.0.2.7 localhost:8080 frank", "localhost"],
    ["192.0.2.7 [2001:db8::80]:8080 frank", "[2001:db8::80]"],
  ];

  test.each([...HOSTS])("finds the host name in %j", (head, hostname) => {
    expect(combined(`${head} ${REST}`)).toMatchObject({ kind: "request", request: { hostname } });
  });

  const NO_HOSTS = [
    "192.0.2.7 - -",
    "192.0.2.7 - www.example.com",
    "2001:db8::80 192.0.2.7 - -",
    "203.0.113.80 192.0.2.7 - -",
    "web1 192.0.2.7 - -",
    "_ 192.0.2.7 - -",
    "- 192.0.2.7 - -",
    "*.example.com 192.0.2.7 - -",
    "192.0.2.7 203.0.113.80 -",
    "192.0.2.7 ident frank",
    "192.0.2.7 - John example.com",
    "crawl-66.example.com - -",
    "198.51.100.7, 10.0.0.5 - -",
    '"198.51.100.7" 203.0.113.9 - -',
    "198.51.100.7 10.0.0.5 - -",
  ];

  test.each(NO_HOSTS)("finds no host name in %j", (head) => {
    expect(combined(`${head} ${REST}`)).toMatchObject({
      kind: "request",
      request: { hostname: undefined },
    });
  });

  const REFERRERS: readonly [logged: string, referrer: string | undefined][] = [
    ["-", undefined],
    ["", undefined],
    ["https://a.example/b?c=d&e=%20f#g", "https://a.example/b?c=d&e=%20f#g"],
    ["caf\xc3\xa9", "café"],
    [String.raw`caf\xc3\xa9`, "café"],
    [String.raw`caf\xe9`, "caf%E9"],
    [String.raw`\xed\xa0\x80`, "%ED%A0%80"],
    [String.raw`\"a\" \x22b\x22 \\`, '"a" "b" \\'],
    [String.raw`\t\x00`, "\t\0"],
    [String.raw`\q\xZZ`, String.raw`\q\xZZ`],
    ["--", "--"],
  ];

  test.each([...REFERRERS])("reads the referrer %j", (logged, referrer) => {
    expect(combined(`192.0.2.7 - - ${ASKED} "${logged}" "Mozilla/5.0"`)).toEqual(
      request({ referrer }),
    );
  });

  test("reads the referrer before an agent that is cut", () => {
    expect(combined(`192.0.2.7 - - ${ASKED} "https://a.example/" "Mozilla/5.0`)).toEqual(
      request({ referrer: "https://a.example/", isCut: true }),
    );
  });

  test("takes the host of an absolute target after the virtual host", () => {
    const line = LINE.replace("/a?b", "http://user@Target.example:80/a?b");
    const target = "GET http://user@Target.example:80/a?b HTTP/1.1";
    expect(combined(line)).toEqual(request({ target, hostname: "target.example" }));
    expect(combined(`www.example.com ${line}`)).toEqual(
      request({ target, hostname: "www.example.com" }),
    );
  });

  const NO_VISITOR = [
    "- - -",
    "$a - -",
    "unix: - -",
    "unknown, 10.0.0.5 - -",
    "192.0.2.999 - -",
    "www.example.com - - -",
    "www.example.com:80 - - -",
    "proxy - -",
    "app web 192.0.2.7 - -",
    "198.51.100.7, 10.2001:db8::7 - -",
    " - -",
  ];

  test.each(NO_VISITOR)("finds no visitor in %j", (head) => {
    expect(combined(`${head} ${REST}`).kind).toBe("refused");
  });

  test("takes the forwarded visitor only behind a proxy", () => {
    const forwarded = `${REST} "198.51.100.7, 10.0.0.6"`;
    expect(combined(`10.0.0.5 - - ${forwarded}`)).toEqual(request({ visitor: "198.51.100.7" }));
    expect(combined(`192.0.2.7 - - ${forwarded}`)).toEqual(request());
  });

  test.each(["10.0.0.5", "unix:", "-"])("refuses a cut forwarded visitor behind %j", (proxy) => {
    const cuts = ['"', '"1', '"198.51.100', '"198.51.100.7', '"198.51.100.7, 10'];
    for (const cut of cuts) {
      expect(combined(`${proxy} - - ${REST} ${cut}`)).toMatchObject(refusal("format"));
      expect(combined(`192.0.2.7 - - ${REST} ${cut}`)).toEqual(request());
    }
  });
});

describe("the vhost_combined format", () => {
  test("reads only lines that begin with a virtual host", () => {
    const parse = VHOST_COMBINED.open();
    expect(parse(`www.example.com:443 ${LINE}`)).toEqual(request({ hostname: "www.example.com" }));
    expect(parse(LINE)).toMatchObject(refusal("format"));
  });
});

describe("the common format", () => {
  const common = COMMON.open();
  const READ: readonly Read[] = [
    ["the usual line", `192.0.2.7 - frank ${ASKED}`],
    ["durations after the size", `192.0.2.7 - - ${ASKED} 0.003 12ms`],
    [
      "a virtual host",
      `www.example.com:80 192.0.2.7 - - ${ASKED}`,
      { hostname: "www.example.com" },
    ],
  ];

  test.each([...READ])("reads %s", (_, line, differs = {}) => {
    expect(common(line)).toEqual(request({ agent: undefined, ...differs }));
  });

  const REFUSED: readonly Refused[] = [
    ["a combined line", LINE],
    ["a combined line that is cut", `192.0.2.7 - - ${ASKED} "http://exam`],
    ["unquoted fields", `192.0.2.7 - - ${ASKED} - curl/8.5.0`],
    ["unquoted fields that are absent", `192.0.2.7 - - ${ASKED} - -`],
  ];

  test.each([...REFUSED])("refuses %s", (_, line) => {
    expect(common(line)).toMatchObject(refusal("format"));
  });
});
