import { describe, expect, test } from "bun:test";
import { readConfig } from "../../src/config/config.ts";
import { decodeHosts, severalHostsOf, urlOfHost } from "../../src/postgres-hosts.ts";
import {
  databaseAddress,
  parseableUrl,
  postgresSocketOf,
  redisSocketOf,
  redisSocketUrl,
  serverAddress,
} from "../../src/server-address.ts";

const B = { host: "b", port: 5_432 };

describe("the URL of a Redis socket", () => {
  test.each<[string, ReturnType<typeof redisSocketOf>]>([
    ["redis://u:p@host:6379/1", undefined],
    ["unix:///run/redis.sock", { path: "/run/redis.sock" }],
    ["unix:///run/redis.sock?password=p&db=2", { path: "/run/redis.sock", password: "p", db: 2 }],
    ["unix://u:p%40@/a%20b.sock", { path: "/a b.sock", username: "u", password: "p@" }],
    [redisSocketUrl("/a?b #c%20/é.sock", "p"), { path: "/a?b #c%20/é.sock", password: "p" }],
  ])("%s is read", (url, socket) => {
    expect(redisSocketOf(parseableUrl(url))).toEqual(socket);
  });

  test("takes REDIS_PASSWORD", () => {
    const env = { REDIS_URL: "unix:///r.sock", REDIS_PASSWORD: "p@ss&word" };
    const socket = redisSocketOf(readConfig(env).redisUrl ?? "");
    expect(socket).toEqual({ path: "/r.sock", password: "p@ss&word" });
  });

  test.each([
    ["unix://", "a host or a socket"],
    ["unix://host/r.sock", "a host or a socket"],
    ["unix:///r.sock?tls=1", "got tls"],
    ["unix:///r.sock?db=x", "database number"],
    ["unix:///%zz.sock", "a host or a socket"],
  ])("%s is refused", (url, problem) => {
    expect(() => readConfig({ REDIS_URL: url })).toThrow(problem);
  });
});

describe("the URL of a PostgreSQL socket", () => {
  test.each<[string, string | undefined]>([
    ["postgres://u:p@host:5432/d", undefined],
    ["postgres://u:p@%2Frun%2Fpg/d", "/run/pg/.s.PGSQL.5432"],
    ["postgresql://u:p@%2frun:6000/d", "/run/.s.PGSQL.6000"],
    ["postgresql://u:p@/d?host=/run/my%20pg", "/run/my pg/.s.PGSQL.5432"],
    ["postgresql:///d?host=/run&port=6000", "/run/.s.PGSQL.6000"],
  ])("%s is read", (url, path) => {
    const { databaseUrl = "" } = readConfig({ DATABASE_URL: url });
    expect(postgresSocketOf(databaseUrl)).toBe(path);
    expect(new URL(databaseUrl).pathname).toBe("/d");
  });

  test("keeps credentials and other parameters", () => {
    const url = new URL(parseableUrl("postgres://host:p%40@/d?host=/run&sslmode=disable"));
    expect([url.username, url.password, url.search]).toEqual(["host", "p%40", "?sslmode=disable"]);
  });

  test("comes from PG_HOST with a folder", () => {
    const { databaseUrl = "" } = readConfig({ PG_HOST: "/var/run/postgresql", PG_PORT: "6000" });
    expect(postgresSocketOf(databaseUrl)).toBe("/var/run/postgresql/.s.PGSQL.6000");
  });

  test("without a folder is refused", () => {
    for (const url of ["postgres://u:p@/d", "postgres://u:p@/d?host=name", "postgres:///d"]) {
      expect(() => readConfig({ DATABASE_URL: url })).toThrow("a host or a socket");
    }
  });
});

describe("the URL of several PostgreSQL servers", () => {
  test.each<[string, ReturnType<typeof severalHostsOf>]>([
    ["postgres://u:p@a:1/d", undefined],
    ["postgres://u:p,q@a/d", undefined],
    ["postgres://u:p@%2Frun/d", undefined],
    ["postgres://u:p@a:1,b/d", [{ host: "a", port: 1 }, B]],
    ["postgresql://u:p@[::1]:7,b/d", [{ host: "::1", port: 7 }, B]],
  ])("%s is read", (url, hosts) => {
    const { databaseUrl = "" } = readConfig({ DATABASE_URL: url });
    expect(severalHostsOf(databaseUrl)).toEqual(hosts);
    expect(new URL(databaseUrl).pathname).toBe("/d");
  });

  test("is printed for other programs as it was given", () => {
    for (const url of ["postgres://u:p@a:1,[::1]:7/d?sslmode=disable", "postgres://u:p@a:1/d"]) {
      expect(decodeHosts(parseableUrl(url))).toBe(url);
    }
  });

  test("becomes the URL of each", () => {
    const url = parseableUrl("postgres://u:p@[::1]:7,b/d?search_path=a");
    expect(severalHostsOf(url)?.map((host) => urlOfHost(url, host))).toEqual([
      "postgres://u:p@[::1]:7/d?search_path=a",
      "postgres://u:p@b:5432/d?search_path=a",
    ]);
  });

  test.each([
    ["postgres://u:p@a:1,/d", "got :5432"],
    ["postgres://u:p@a:0,b/d", "got a:0"],
    ["postgres://u:p@a:1,b:70000/d", "got b:70000"],
    ["postgres://u:p@a,b:x/d", "got b:x:5432"],
    ["postgres://u:p@%2Frun,b/d", "got %2Frun:5432"],
  ])("%s is refused", (url, problem) => {
    expect(() => readConfig({ DATABASE_URL: url })).toThrow(problem);
  });
});

test.each([
  ["redis://u:p@host:1/0", "host:1"],
  ["postgres://u:p@a:1,b/d", "a:1,b"],
  ["unix:///a%20b.sock?password=p", "/a b.sock"],
  ["postgres://u:p@host:5/d", "host:5"],
  ["postgres://u:p@%2Frun:5/d", "/run"],
])("%s is shown as %s", (url, address) => {
  expect(serverAddress(parseableUrl(url))).toBe(address);
  if (url.startsWith("postgres")) expect(databaseAddress(parseableUrl(url))).toBe(`${address}/d`);
});
