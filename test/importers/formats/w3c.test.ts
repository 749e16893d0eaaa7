import { describe, expect, test } from "bun:test";
import { CLOUDFRONT, IIS } from "../../../src/importers/formats/w3c.ts";
import type { LineResult, LogFormat, LogRequest } from "../../../src/importers/log-format.ts";
import { refusal, request } from "../request.ts";

const USUAL = { target: "/a", timestamp: "2026-01-15T09:30:00Z" };
const IIS_USUAL = { ...USUAL, referrer: "https://example.org/" };
const CLOUDFRONT_USUAL = { ...USUAL, hostname: "d1.cloudfront.net" };
const IIS_FIELDS =
  "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken";
const IIS_LINE =
  "2026-01-15 09:30:00 10.0.0.1 GET /a b 443 - 192.0.2.7 Mozilla/5.0 https://example.org/ 200 0 0 31";
const CLOUDFRONT_FIELDS =
  "#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query x-edge-result-type";
const CLOUDFRONT_LINE =
  "2026-01-15\t09:30:00\tFRA2-C1\t512\t192.0.2.7\tGET\td1.cloudfront.net\t/a\t200\t-\tMozilla/5.0\tb\tHit";

function resultsOf(format: LogFormat, lines: readonly string[]): readonly LineResult[] {
  const parse = format.open();
  return lines.map((line) => parse(line));
}

function lastOf(format: LogFormat, ...lines: readonly string[]): LineResult | undefined {
  return resultsOf(format, lines).at(-1);
}

describe("the iis format", () => {
  const READ: readonly [what: string, line: string, differs?: Partial<LogRequest>][] = [
    ["the usual line", IIS_LINE],
    ["spaces of the agent", IIS_LINE.replace("Mozilla/5.0", "My+Bot+(x)"), { agent: "My Bot (x)" }],
    ["an absent agent", IIS_LINE.replace("Mozilla/5.0", "-"), { agent: "-" }],
    ["a link-local address", IIS_LINE.replace("192.0.2.7", "fe80::1%12"), { visitor: "fe80::1" }],
    [
      "a path that is not ASCII",
      IIS_LINE.replace("/a", "/caf\xc3\xa9"),
      { target: "/caf\xc3\xa9", path: "/café", query: "?b" },
    ],
    ["no query", IIS_LINE.replace(" b ", " - "), { query: "" }],
    ["a query that is not ASCII", IIS_LINE.replace(" b ", " q=\xc3\xa9 "), { query: "?q=é" }],
    ["no referrer", IIS_LINE.replace("https://example.org/", "-"), { referrer: undefined }],
    [
      "a referrer with a plus",
      IIS_LINE.replace("https://example.org/", "https://example.org/?q=a+b"),
      { referrer: "https://example.org/?q=a+b" },
    ],
  ];

  test.each([...READ])("reads %s", (_, line, differs = {}) => {
    expect(lastOf(IIS, IIS_FIELDS, line)).toEqual(request({ ...IIS_USUAL, ...differs }));
  });

  test.each([
    ["Www.Example.com:8443", "www.example.com"],
    ["-", undefined],
    ["b\xc3\xbccher.example", "xn--bcher-kva.example"],
  ])("reads the host %j", (host, hostname) => {
    const line = `${IIS_LINE} ${host}`;
    expect(lastOf(IIS, `${IIS_FIELDS} cs-host`, line)).toEqual(request({ ...IIS_USUAL, hostname }));
  });

  test("follows directives that change the columns", () => {
    const lines = [
      "#Software: Microsoft Internet Information Services 10.0",
      "#Version: 1.0",
      "#Date: 2026-01-15 09:30:00",
      IIS_FIELDS,
      IIS_LINE,
      "#Fields: date time c-ip cs-uri-stem",
      IIS_LINE,
      "2026-01-15 09:30:00 192.0.2.8 /z",
    ];
    expect(resultsOf(IIS, lines)).toEqual([
      { kind: "directive" },
      { kind: "directive" },
      { kind: "directive" },
      { kind: "directive" },
      request(IIS_USUAL),
      { kind: "directive" },
      expect.objectContaining(refusal("format")),
      request({
        ...USUAL,
        visitor: "192.0.2.8",
        target: "/z",
        path: "/z",
        referrer: undefined,
        agent: undefined,
        status: undefined,
      }),
    ]);
  });

  test("takes the forwarded visitor behind a proxy", () => {
    const fields = `${IIS_FIELDS} X-Forwarded-For`;
    const line = `${IIS_LINE.replace("192.0.2.7", "10.0.0.5")} 198.51.100.7,+10.0.0.6`;
    expect(lastOf(IIS, fields, line)).toEqual(request({ ...IIS_USUAL, visitor: "198.51.100.7" }));
  });

  const REFUSED: readonly [what: string, ...lines: string[]][] = [
    ["a line before #Fields", IIS_LINE],
    ["a line that is cut", IIS_FIELDS, IIS_LINE.slice(0, -3)],
    ["a line that goes on in another", IIS_FIELDS, `${IIS_LINE.slice(0, 60)}${IIS_LINE}`],
    ["columns without a date", "#Fields: time c-ip cs-uri-stem", "09:30:00 192.0.2.7 /a"],
    ["columns without an address", "#Fields: date time cs-uri-stem", "2026-01-15 09:30:00 /a"],
    ["a line of CloudFront", IIS_FIELDS, CLOUDFRONT_LINE],
  ];

  test.each([...REFUSED])("refuses %s", (_, ...lines) => {
    expect(lastOf(IIS, ...lines)).toMatchObject(refusal("format"));
  });

  test("finds no visitor without an address", () => {
    const line = IIS_LINE.replace("192.0.2.7", "-");
    expect(lastOf(IIS, IIS_FIELDS, line)).toMatchObject(refusal("no-address"));
  });
});

describe("the cloudfront format", () => {
  const READ: readonly [what: string, line: string, differs?: Partial<LogRequest>][] = [
    ["the usual line", CLOUDFRONT_LINE],
    [
      "an encoded agent",
      CLOUDFRONT_LINE.replace("Mozilla/5.0", "Mozilla/5.0%20(X11)"),
      { agent: "Mozilla/5.0 (X11)" },
    ],
    [
      "an agent that is encoded twice",
      CLOUDFRONT_LINE.replace("Mozilla/5.0", "Mozilla/5.0%2520(X11)"),
      { agent: "Mozilla/5.0 (X11)" },
    ],
    [
      "an encoded path",
      CLOUDFRONT_LINE.replace("/a", "/caf%25C3%25A9%20"),
      { target: "/caf%25C3%25A9%20", path: "/caf%C3%A9%20", query: "?b" },
    ],
    ["no query", CLOUDFRONT_LINE.replace("\tb\t", "\t-\t"), { query: "" }],
    [
      "an encoded query",
      CLOUDFRONT_LINE.replace("\tb\t", "\tq=a%2520b%25252Cc&r=%C3%A9&s=%2525&t=50%25\t"),
      { query: "?q=a%20b%2Cc&r=%C3%A9&s=%25&t=50%25" },
    ],
    [
      "a referrer",
      CLOUDFRONT_LINE.replace("\t-\t", "\thttps://example.org/?q=a%2520b\t"),
      { referrer: "https://example.org/?q=a%20b" },
    ],
    ["IPv6", CLOUDFRONT_LINE.replace("192.0.2.7", "2001:DB8::7"), { visitor: "2001:db8::7" }],
  ];

  test.each([...READ])("reads %s", (_, line, differs = {}) => {
    const lines = ["#Version: 1.0", CLOUDFRONT_FIELDS, line];
    expect(lastOf(CLOUDFRONT, ...lines)).toEqual(request({ ...CLOUDFRONT_USUAL, ...differs }));
  });

  test("takes the viewer's host before that of the distribution", () => {
    const fields = `${CLOUDFRONT_FIELDS} x-host-header`;
    const hostname = "www.example.com";
    expect(lastOf(CLOUDFRONT, fields, `${CLOUDFRONT_LINE}\tWww.Example.com`)).toEqual(
      request({ ...CLOUDFRONT_USUAL, hostname }),
    );
  });

  test("refuses a line that lacks columns", () => {
    const line = CLOUDFRONT_LINE.slice(0, -4);
    expect(lastOf(CLOUDFRONT, CLOUDFRONT_FIELDS, line)).toMatchObject(refusal("format"));
  });
});
