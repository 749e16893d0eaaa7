import { describe, expect, test } from "bun:test";
import { chooseFormat, LOG_FORMATS } from "../../src/importers/choose-format.ts";

const COMMON = '192.0.2.7 - - [15/Jan/2026:09:30:00 +0000] "GET / HTTP/1.1" 200 5';
const COMBINED = `${COMMON} "-" "Mozilla/5.0"`;
const IIS = [
  "#Software: Microsoft Internet Information Services 10.0",
  "#Fields: date time c-ip cs-uri-stem",
  "2026-01-15 09:30:00 192.0.2.7 /",
];
const CLOUDFRONT = [
  "#Version: 1.0",
  "#Fields: date time c-ip cs-uri-stem",
  "2026-01-15\t09:30:00\t192.0.2.7\t/",
];

const LOGS: readonly [format: string | undefined, what: string, lines: readonly string[]][] = [
  ["combined", "combined lines", [COMBINED]],
  ["combined", "combined lines with one that is cut first", [COMMON, COMBINED, COMBINED]],
  ["combined", "few lines with a virtual host", [`example.com:80 ${COMBINED}`, COMBINED]],
  ["combined", "an absent X-Forwarded-For before the address", [`- ${COMBINED}`]],
  ["combined", "a quoted one", [`"-" ${COMBINED}`]],
  ["combined", "lines without an address", [COMBINED.replace("192.0.2.7", "-")]],
  ["combined", "lines of docker compose", [`web-1  | ${COMBINED}`]],
  ["combined", "noise and one line", ["Starting", "", "\0", COMBINED]],
  ["vhost_combined", "lines with a virtual host", [`example.com:80 ${COMBINED}`]],
  ["common", "common lines", [COMMON, COMMON]],
  ["common", "common lines and a combined one", [COMMON, COMBINED, COMMON]],
  [
    "caddy",
    "lines of Caddy",
    ['{"ts":1768469400.2,"request":{"remote_ip":"192.0.2.7","uri":"/"},"status":200}'],
  ],
  [
    "traefik",
    "lines of Traefik",
    ['{"ClientHost":"192.0.2.7","RequestPath":"/","StartUTC":"2026-01-15T09:30:00Z"}'],
  ],
  [
    "nginx-json",
    "lines of nginx",
    ['{"remote_addr":"192.0.2.7","request":"GET / HTTP/1.1","time":"2026-01-15T09:30:00Z"}'],
  ],
  [
    "elb",
    "lines of a load balancer",
    [
      '2026-01-15T09:30:00.1Z lb 192.0.2.7:2817 10.0.0.1:80 0.1 0.1 0.1 200 200 0 29 "GET http://a/ HTTP/1.1" "curl/7" - -',
    ],
  ],
  ["iis", "lines of IIS", IIS],
  ["iis", "directives alone", IIS.slice(0, 2)],
  ["cloudfront", "lines of CloudFront", CLOUDFRONT],
  [undefined, "nothing", []],
  [undefined, "prose", ["the quick brown fox", "jumps"]],
  [undefined, "another object", ['{"level":"info","msg":"ready"}']],
];

describe("chooseFormat", () => {
  test.each([...LOGS])("chooses %s for %s", (format, _, lines) => {
    expect(chooseFormat(lines)?.name).toBe(format);
  });

  test("covers every format", () => {
    const found = new Set(LOGS.map(([format]) => format));
    for (const { name } of LOG_FORMATS) expect(found).toContain(name);
  });
});
