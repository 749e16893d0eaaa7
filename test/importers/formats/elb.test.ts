import { describe, expect, test } from "bun:test";
import { ELB } from "../../../src/importers/formats/elb.ts";
import type { LogRequest } from "../../../src/importers/log-format.ts";
import { refusal, request } from "../request.ts";

const TARGET = "GET https://example.com:443/a?b HTTP/1.1";
const CLASSIC = `2026-01-15T09:30:00.186641Z my-lb 192.0.2.7:2817 10.0.0.1:80 0.000073 0.001048 0.000057 200 200 0 29 "${TARGET}" "Mozilla/5.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2`;
const APPLICATION = `https ${CLASSIC.replace("my-lb", "app/my-lb/50dc6c495c0c9188")} arn:aws:elasticloadbalancing:us-east-2:1:targetgroup/my-targets/73e2 "Root=1-58337281-1d84" "example.com" "arn:aws:acm:us-east-2:1:certificate/12" 0 2026-01-15T09:29:59.364000Z "forward,redirect" "-" "-" "10.0.0.1:80" "200" "-" "-" TID_5fb3`;
const USUAL = {
  target: TARGET,
  hostname: "example.com",
  timestamp: "2026-01-15T09:30:00.186641Z",
};

const READ: readonly [what: string, line: string, differs?: Partial<LogRequest>][] = [
  ["a classic load balancer's line", CLASSIC],
  ["an application load balancer's line", APPLICATION],
  ["HTTP/2", APPLICATION.replace("https ", "h2 ")],
  ["an IPv6 client", CLASSIC.replace("192.0.2.7", "2001:db8::7"), { visitor: "2001:db8::7" }],
  ["one in brackets", CLASSIC.replace("192.0.2.7", "[2001:db8::7]"), { visitor: "2001:db8::7" }],
  [
    "a request that reached no target",
    APPLICATION.replace("10.0.0.1:80", "-")
      .replace("0.000073 0.001048 0.000057 200 200", "-1 -1 -1 503 -")
      .replace("ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2", "- -"),
    { status: 503 },
  ],
  [
    "no HTTP",
    CLASSIC.replace(TARGET, "- - - ").replace(" 200 200 ", " - - "),
    { target: "- - - ", path: undefined, hostname: undefined, status: undefined },
  ],
  [
    "quotes in the agent",
    CLASSIC.replace("Mozilla/5.0", String.raw`a \x22b\x22`),
    { agent: String.raw`a \x22b\x22` },
  ],
];

const REFUSED: readonly [what: string, line: string][] = [
  ["a line cut inside its agent", CLASSIC.slice(0, CLASSIC.indexOf("illa/5.0"))],
  ["a line cut after its agent", CLASSIC.slice(0, CLASSIC.indexOf(" ECDHE"))],
  ["a line that goes on in another", `${CLASSIC.slice(0, 150)}${CLASSIC}`],
  ["a bare quote in the agent", CLASSIC.replace("Mozilla/5.0", 'a "b" c')],
  ["a line of the combined format", '192.0.2.7 - - [15/Jan/2026:09:30:00 +0000] "GET / HTTP/1.1"'],
];

describe("the elb format", () => {
  const parse = ELB.open();

  test.each([...READ])("reads %s", (_, line, differs = {}) => {
    expect(parse(line)).toEqual(request({ ...USUAL, ...differs }));
  });

  test.each([...REFUSED])("refuses %s", (_, line) => {
    expect(parse(line)).toMatchObject(refusal("format"));
  });

  test("finds no visitor without an address", () => {
    expect(parse(CLASSIC.replace("192.0.2.7:2817", "-"))).toMatchObject(refusal("no-address"));
  });
});
