import { describe, expect, test } from "bun:test";
import { CADDY } from "../../../src/importers/formats/caddy.ts";
import { NGINX_JSON } from "../../../src/importers/formats/nginx-json.ts";
import { TRAEFIK } from "../../../src/importers/formats/traefik.ts";
import type { LogFormat, LogRequest } from "../../../src/importers/log-format.ts";
import { refusal, request } from "../request.ts";

type Fields = Readonly<Record<string, unknown>>;

const CADDY_REQUEST = {
  remote_ip: "192.0.2.7",
  remote_port: "41342",
  client_ip: "192.0.2.7",
  proto: "HTTP/2.0",
  method: "GET",
  host: "example.com",
  uri: "/a?b",
  headers: { "User-Agent": ["Mozilla/5.0"], Accept: ["*/*"] },
};
const CADDY_LINE = {
  level: "info",
  ts: 1_768_469_400.25,
  logger: "http.log.access.log0",
  msg: "handled request",
  request: CADDY_REQUEST,
  duration: 0.000_929,
  size: 512,
  status: 200,
};
const TRAEFIK_LINE = {
  ClientAddr: "192.0.2.7:41720",
  ClientHost: "192.0.2.7",
  ClientUsername: "-",
  DownstreamStatus: 200,
  RequestMethod: "GET",
  RequestPath: "/a?b",
  RequestProtocol: "HTTP/1.1",
  StartUTC: "2026-01-15T09:30:00.25Z",
  "request_User-Agent": "Mozilla/5.0",
  level: "info",
  msg: "",
  time: "2026-01-15T09:30:01Z",
};
const NGINX_LINE = {
  time_iso8601: "2026-01-15T09:30:00+00:00",
  remote_addr: "192.0.2.7",
  request: "GET /a?b HTTP/1.1",
  status: "200",
  body_bytes_sent: "512",
  http_referer: "",
  http_user_agent: "Mozilla/5.0",
};

/** A line of one byte per character. */
function lineOf(fields: Fields): string {
  return Buffer.from(JSON.stringify(fields)).toString("latin1");
}

function without(fields: Fields, ...names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}

function caddyOf(differences: Fields): Fields {
  return { ...CADDY_LINE, request: { ...CADDY_REQUEST, ...differences } };
}

interface Case {
  readonly format: LogFormat;
  /** The request of the usual line. */
  readonly usual: Partial<LogRequest>;
  readonly read: readonly [what: string, fields: Fields, differs?: Partial<LogRequest>][];
  readonly noVisitor: readonly [what: string, fields: Fields][];
  readonly refused: readonly [what: string, fields: Fields][];
}

const CASES: readonly Case[] = [
  {
    format: CADDY,
    usual: { target: "/a?b", hostname: "example.com", timestamp: "2026-01-15T09:30:00.250Z" },
    read: [
      ["the usual line", CADDY_LINE],
      ["a version without client_ip", caddyOf({ client_ip: undefined })],
      [
        "a version with remote_addr",
        caddyOf({ client_ip: undefined, remote_ip: undefined, remote_addr: "192.0.2.7:41342" }),
      ],
      ["no agent", caddyOf({ headers: {} }), { agent: "-" }],
      [
        "a proxy",
        caddyOf({
          client_ip: "10.0.0.5",
          headers: { "User-Agent": ["Mozilla/5.0"], "X-Forwarded-For": ["198.51.100.7"] },
        }),
        { visitor: "198.51.100.7" },
      ],
      [
        "time as text",
        { ...CADDY_LINE, ts: "2026-01-15T09:30:00.25Z" },
        { timestamp: "2026-01-15T09:30:00.25Z" },
      ],
      ["time in milliseconds", { ...CADDY_LINE, ts: 1_768_469_400_250 }],
      ["time in nanoseconds", { ...CADDY_LINE, ts: 1_768_469_400_250_000_000 }],
      [
        "a referrer, and a host with a port",
        caddyOf({
          host: "Shop.example.com:8443",
          headers: { "User-Agent": ["Mozilla/5.0"], Referer: ['https://a.example/é?q=%20"'] },
        }),
        { hostname: "shop.example.com", referrer: 'https://a.example/é?q=%20"' },
      ],
      ["a host that is none", caddyOf({ host: "<a/b>" }), { hostname: undefined }],
      ["bytes that are not ASCII", caddyOf({ uri: "/é" }), { target: "/é", path: "/é" }],
    ],
    noVisitor: [["no address", caddyOf({ client_ip: "", remote_ip: "" })]],
    refused: [
      ["another message", { level: "info", ts: 1_768_469_400.25, msg: "serving" }],
      ["time without an offset", { ...CADDY_LINE, ts: "2026/01/15 09:30:00" }],
    ],
  },
  {
    format: TRAEFIK,
    usual: { target: "/a?b", timestamp: "2026-01-15T09:30:00.25Z" },
    read: [
      ["the usual line", TRAEFIK_LINE],
      ["no ClientHost", without(TRAEFIK_LINE, "ClientHost")],
      [
        "a forwarded list as ClientHost",
        { ...TRAEFIK_LINE, ClientHost: "198.51.100.7, 10.0.0.5" },
        { visitor: "198.51.100.7" },
      ],
      ["no agent", without(TRAEFIK_LINE, "request_User-Agent"), { agent: undefined }],
      [
        "a referrer and hosts",
        {
          ...TRAEFIK_LINE,
          RequestAddr: "other.example:443",
          RequestHost: "Shop.example.com",
          request_Referer: "https://a.example/",
        },
        { hostname: "shop.example.com", referrer: "https://a.example/" },
      ],
      [
        "only the host with a port",
        { ...TRAEFIK_LINE, RequestAddr: "shop.example.com:443" },
        { hostname: "shop.example.com" },
      ],
    ],
    noVisitor: [["no address", { ...TRAEFIK_LINE, ClientHost: "-", ClientAddr: "-" }]],
    refused: [
      ["another message", { level: "info", msg: "Starting", time: "2026-01-15T09:30:00Z" }],
    ],
  },
  {
    format: NGINX_JSON,
    usual: { timestamp: "2026-01-15T09:30:00+00:00" },
    read: [
      ["the usual line", NGINX_LINE],
      ["a status that is a number", { ...NGINX_LINE, status: 200 }],
      [
        "request_uri and request_method",
        { ...without(NGINX_LINE, "request"), request_uri: "/a?b", request_method: "GET" },
        { target: "/a?b" },
      ],
      [
        "request_uri before uri",
        { ...NGINX_LINE, request_uri: "/a?b", uri: "/index.php" },
        { target: "/a?b" },
      ],
      [
        "time_local",
        { ...without(NGINX_LINE, "time_iso8601"), time_local: "15/Jan/2026:09:30:00 +0000" },
        { timestamp: "2026-01-15T09:30:00+0000" },
      ],
      [
        "msec",
        { ...without(NGINX_LINE, "time_iso8601"), msec: "1768469400.250" },
        { timestamp: "2026-01-15T09:30:00.250Z" },
      ],
      [
        "@timestamp, clientip and agent",
        {
          ...without(NGINX_LINE, "time_iso8601", "remote_addr", "http_user_agent"),
          "@timestamp": "2026-01-15T09:30:00+00:00",
          clientip: "192.0.2.7",
          agent: "Mozilla/5.0",
        },
      ],
      [
        "a referrer and a host",
        {
          ...NGINX_LINE,
          hostname: "web1",
          host: "shop.example.com",
          http_referer: "https://a.example/",
        },
        { hostname: "shop.example.com", referrer: "https://a.example/" },
      ],
      [
        "the Host header before the server's name",
        { ...NGINX_LINE, server_name: "example.com", http_host: "shop.example.com:8443" },
        { hostname: "shop.example.com" },
      ],
      [
        "the server's name after a host that is none",
        { ...NGINX_LINE, server_name: "example.com", http_host: "a b", host: { name: "web1" } },
        { hostname: "example.com" },
      ],
      ["a default server", { ...NGINX_LINE, server_name: "_", http_referer: "-" }],
      [
        "a lone surrogate",
        { ...NGINX_LINE, referrer: "\ud800", http_referer: undefined, http_host: "\ud800.example" },
        { referrer: "\ud800" },
      ],
      ["an empty agent", { ...NGINX_LINE, http_user_agent: "" }, { agent: "-" }],
      [
        "a proxy",
        { ...NGINX_LINE, remote_addr: "10.0.0.5", http_x_forwarded_for: "198.51.100.7, 10.0.0.6" },
        { visitor: "198.51.100.7" },
      ],
      ...["", "-", "unknown", "10.0.0.6"].map(
        (forwarded): [string, Fields, Partial<LogRequest>] => [
          `a proxy that sent ${JSON.stringify(forwarded)} and a real address`,
          {
            ...NGINX_LINE,
            remote_addr: "10.0.0.5",
            http_x_forwarded_for: forwarded,
            http_x_real_ip: "198.51.100.7",
          },
          { visitor: "198.51.100.7" },
        ],
      ),
      [
        "a proxy and the client under another name",
        { ...NGINX_LINE, remote_addr: "10.0.0.5", client_ip: "198.51.100.7" },
        { visitor: "198.51.100.7" },
      ],
      [
        "a private visitor behind a socket",
        { ...NGINX_LINE, remote_addr: "unix:", http_x_forwarded_for: "10.0.0.6" },
        { visitor: "10.0.0.6" },
      ],
      [
        "no request",
        { ...NGINX_LINE, request: "", status: "400" },
        { target: "", path: undefined, status: 400 },
      ],
    ],
    noVisitor: [
      ["no address", without(NGINX_LINE, "remote_addr")],
      ["an address that is none", { ...NGINX_LINE, remote_addr: "$a" }],
    ],
    refused: [
      ["no time", without(NGINX_LINE, "time_iso8601")],
      ["no request", without(NGINX_LINE, "request")],
      ["another message", { level: "error", msg: "open() failed" }],
    ],
  },
];

for (const { format, usual, read, noVisitor, refused } of CASES) {
  describe(`the ${format.name} format`, () => {
    const parse = format.open();

    test.each([...read])("reads %s", (_, fields, differs = {}) => {
      expect(parse(lineOf(fields))).toEqual(request({ ...usual, ...differs }));
    });

    test.each([...noVisitor])("finds no visitor: %s", (_, fields) => {
      expect(parse(lineOf(fields))).toMatchObject(refusal("no-address"));
    });

    test.each([...refused])("refuses %s", (_, fields) => {
      expect(parse(lineOf(fields))).toMatchObject(refusal("format"));
    });

    test("refuses lines that are not one object", () => {
      const [, fields = {}] = read[0] ?? [];
      const line = lineOf(fields);
      for (const text of ["", "null", "[]", line.slice(0, -1), `${line}${line}`, `[${line}]`]) {
        expect(parse(text)).toMatchObject(refusal("format"));
      }
    });

    test("reads a line behind the prefix of docker compose", () => {
      const [, fields = {}] = read[0] ?? [];
      expect(parse(`web-1  | ${lineOf(fields)}`)).toEqual(request(usual));
    });
  });
}
