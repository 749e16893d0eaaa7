import { expect, test } from "bun:test";
import { withoutPrefix } from "../../src/importers/log-prefix.ts";

const LINE = '192.0.2.7 - - [15/Jan/2026:09:30:00 +0000] "GET / HTTP/1.1" 200 5 "-" "é"';
const BYTES = Buffer.from(LINE).toString("latin1");

const PREFIXES: readonly [what: string, prefix: string][] = [
  ["nothing", ""],
  ["syslog (RFC 3164)", "Nov 20 10:00:01 web1 nginx: "],
  ["syslog with priority and process", "<190>Nov  2 10:00:01 web1 nginx[123]: "],
  ["syslog without a host", "<190>Nov 20 10:00:01 nginx: "],
  ["syslog of an address", "Nov 20 10:00:01 10.0.0.5 nginx: "],
  ["syslog with a year", "Nov 20 2026 10:00:01 web1 nginx: "],
  ["syslog (RFC 5424)", "<190>1 2026-11-20T10:00:01.003Z web1 nginx 1234 - - "],
  [
    "syslog with structured data",
    String.raw`<190>1 2026-11-20T10:00:01+01:00 web1 nginx - ID47 [x@1 a="b \] c"][y@2] ` +
      "\xef\xbb\xbf",
  ],
  ["rsyslog", "2026-11-20T10:00:01.123456+00:00 web1 nginx[9]: "],
  ["journald", "Nov 20 10:00:01.123456 web1 nginx[123]: "],
  ["journald, short-full", "Fri 2026-11-20 10:00:01 UTC web1 nginx[1]: "],
  ["journald, short-unix", "1763632801.123456 web1 nginx[1]: "],
  ["journald, short-monotonic", "[12345.678901] web1 nginx[1]: "],
  ["docker compose", "web-1  | "],
  ["docker compose in colour", "\x1b[36mweb-1  | \x1b[0m"],
  ["docker compose with timestamps", "web-1  | 2026-11-20T10:00:01.123456789Z "],
  ["podman compose", "[web]      | "],
  ["Heroku", "2026-11-20T10:00:01.123456+00:00 app[web.1]: "],
  ["docker service", "web.1.x7d@node1    | "],
  ["docker logs --timestamps", "2026-11-20T10:00:01.123456789Z "],
  ["Kubernetes (CRI)", "2026-11-20T10:00:01.123456789+01:00 stdout F "],
  ["kubectl logs --prefix", "[pod/nginx-7d/nginx] "],
  ["syslog of docker compose", "Nov 20 10:00:01 host docker[7]: web-1  | "],
];

test.each([...PREFIXES])("removes the prefix of %s", (_, prefix) => {
  expect(withoutPrefix(`${prefix}${BYTES}`)).toBe(BYTES);
});

test("unwraps lines of docker and journald", () => {
  const objects = [
    { log: `${LINE}\n`, stream: "stdout", time: "2026-11-20T10:00:01.1Z" },
    { __CURSOR: "s=1", MESSAGE: LINE, _HOSTNAME: "web1" },
  ];
  for (const object of objects) {
    const bytes = Buffer.from(JSON.stringify(object)).toString("latin1");
    expect(withoutPrefix(bytes)).toBe(BYTES);
  }
});

const KEPT: readonly [what: string, line: string][] = [
  ["a part of a line (CRI)", `2026-11-20T10:00:01.1Z stdout P ${BYTES}`],
  ["a part of a line (docker)", JSON.stringify({ log: "192.0.2.7 - - [15/J", stream: "stdout" })],
  ["an object of its own", '{"remote_addr":"192.0.2.7"}'],
];

test.each([...KEPT])("makes no complete line of %s", (_, line) => {
  expect(withoutPrefix(line)).not.toBe(BYTES);
});
