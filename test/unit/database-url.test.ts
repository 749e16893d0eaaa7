import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { parseDatabaseUrl } from "../../src/config/database-url.ts";
import { redisUrlProblems } from "../../src/config/server-urls.ts";
import { READING_SETTINGS, SESSION_SETTINGS } from "../../src/store/session-settings.ts";
import { TLS } from "../support/tls-files.ts";

const BASE = "postgres://user:secret@db.example/events";
const CA = readFileSync(TLS.ca, "utf8");
const SKIPS_NAME = { checkServerIdentity: expect.any(Function) };

describe("parseDatabaseUrl", () => {
  test.each([
    ["", false],
    ["sslmode=disable", false],
    ["sslmode=allow", "prefer"],
    ["sslmode=prefer", "prefer"],
    ["sslmode=require", { rejectUnauthorized: false }],
    [`sslmode=require&sslrootcert=${TLS.ca}`, { ca: CA, ...SKIPS_NAME }],
    [`sslmode=verify-ca&sslrootcert=${TLS.ca}`, { ca: CA, ...SKIPS_NAME }],
    ["sslmode=verify-full", {}],
    [`sslmode=verify-full&sslrootcert=${TLS.ca}`, { ca: CA }],
    ["sslrootcert=system", {}],
    ["sslmode=verify-full&sslrootcert=system", {}],
    ["sslmode=verify-full&ssl_min_protocol_version=TLSv1.3", { minVersion: "TLSv1.3" }],
    [
      `sslmode=verify-full&sslcert=${TLS.cert}&sslkey=${TLS.key}&sslpassword=p`,
      { cert: readFileSync(TLS.cert, "utf8"), key: readFileSync(TLS.key, "utf8"), passphrase: "p" },
    ],
  ])("reads %j", (query, ssl) => {
    const parsed = parseDatabaseUrl(`${BASE}?${query}`);
    expect(parsed.ssl).toEqual(ssl as typeof parsed.ssl);
    expect(new URL(parsed.url).search).toBe("");
  });

  test("leaves session settings in the URL", () => {
    const { url } = parseDatabaseUrl(
      `${BASE}?search_path=a&sslmode=require&options=-c%20geqo%3Doff`,
    );
    expect([...new URL(url).searchParams.keys()]).toEqual(["search_path", "options"]);
    const direct = parseDatabaseUrl(`${BASE}?sslmode=require&sslnegotiation=direct`);
    expect(new URL(direct.url).search).toBe("?sslnegotiation=direct");
  });

  test.each([
    [
      "target_session_attrs=standby",
      "Expected target_session_attrs in DATABASE_URL to be one of primary, read-write, got standby",
    ],
    ["sslmode=nonsense", "Expected sslmode in DATABASE_URL to be one of disable, "],
    ["sslmode=", "Expected sslmode in DATABASE_URL to be one of disable, "],
    ["sslmode=REQUIRE", "Expected sslmode in DATABASE_URL to be one of disable, "],
    [
      "sslmode=require&sslmode=disable",
      "Expected sslmode in DATABASE_URL at most once, got 2 times",
    ],
    ["sslmode=verify-full&sslrootcert=/nowhere/ca.crt", "got ENOENT for /nowhere/ca.crt"],
    [
      "sslmode=verify-ca",
      "Expected sslrootcert in DATABASE_URL to name a file beside sslmode=verify-ca",
    ],
    ["sslmode=verify-ca&sslrootcert=system", "to be verify-full beside sslrootcert=system"],
    [
      `sslrootcert=${TLS.ca}`,
      "to be require, verify-ca or verify-full beside other TLS parameters",
    ],
    [`sslmode=prefer&sslcert=${TLS.cert}`, "beside other TLS parameters, got prefer"],
    ["sslmode=require&ssl_min_protocol_version=SSLv3", "to be one of TLSv1.2, TLSv1.3, got SSLv3"],
    ["sslmode=require&sslcrl=/x", "DATABASE_URL has sslcrl, which the engine does not support"],
    ["sslmod=require", "DATABASE_URL has sslmod, which the engine does not support"],
    ["host=elsewhere", "DATABASE_URL has host, which the engine does not support"],
    [
      "synchronous_commit=off",
      "DATABASE_URL sets synchronous_commit, which the engine sets itself",
    ],
    [
      "Synchronous_Commit=off",
      "DATABASE_URL sets synchronous_commit, which the engine sets itself",
    ],
    ["options=-c%20statement_timeout%3D0", "DATABASE_URL sets statement_timeout, which"],
    ["options=-cstatement_timeout%3D0", "DATABASE_URL sets statement_timeout, which"],
    ["options=--lock-timeout%3D0", "DATABASE_URL sets lock_timeout, which"],
  ])("refuses %j", (query, problem) => {
    expect(() => parseDatabaseUrl(`${BASE}?${query}`)).toThrow(problem);
  });

  test.each(Object.keys({ ...SESSION_SETTINGS, ...READING_SETTINGS }))(
    "refuses %s, which each session sets",
    (name) => {
      expect(() => parseDatabaseUrl(`${BASE}?${name}=x`)).toThrow(
        `DATABASE_URL sets ${name.toLowerCase()}, which the engine sets itself`,
      );
    },
  );

  test("reports every problem and no secret", () => {
    const url = `${BASE}?sslmode=x&sslpassword=hidden&sslkey=/nowhere&host=y`;
    expect(() => parseDatabaseUrl(url)).toThrow(
      /^Expected sslmode[^\n]*\nExpected sslkey[^\n]*\nExpected sslmode[^\n]*\nDATABASE_URL has host/,
    );
    expect(() => parseDatabaseUrl(url)).not.toThrow(/secret|hidden/);
  });
});

describe("redisUrlProblems", () => {
  test.each([
    ["redis://cache", []],
    ["redis://cache/", []],
    ["rediss://u:p@cache:6380/2?family=6", []],
    ["redis://cache/events", ["Expected the path of REDIS_URL to be a database number"]],
    ["redis://cache?tls=true", ["got tls; for TLS use rediss://"]],
    [
      "redis://cache?commandTimeout=0&enableOfflineQueue=1",
      ["got commandTimeout", "got enableOff"],
    ],
  ])("%s", (url, problems) => {
    const found = redisUrlProblems(new URL(url));
    expect(found).toEqual(problems.map((problem) => expect.stringContaining(problem)));
  });
});
