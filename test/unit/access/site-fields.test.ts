import { describe, expect, test } from "bun:test";
import { closedBy, closedOnlyBy } from "../../../src/access/closed.ts";
import { matchesHost, parseHostPattern } from "../../../src/access/host-pattern.ts";
import { parseNewKey } from "../../../src/access/key-fields.ts";
import { withLimits } from "../../../src/access/limit-fields.ts";
import { allowsOrigin, parseOrigin } from "../../../src/access/origin.ts";
import { PathSet } from "../../../src/access/path-set.ts";
import { parseSiteChanges } from "../../../src/access/site-fields.ts";
import { InvalidFieldsError } from "../../../src/errors.ts";
import { parsePathGlob } from "../../../src/event/path-glob.ts";

const NOW_MS = Date.parse("2026-01-15T09:30:00Z");

function problemsOf(parse: () => unknown): Readonly<Record<string, string>> {
  try {
    parse();
  } catch (error) {
    if (error instanceof InvalidFieldsError) return error.fields;
    throw error;
  }
  return {};
}

describe("an origin", () => {
  test.each([
    ["https://Example.com", "https://example.com"],
    ["https://example.com/", "https://example.com"],
    ["https://example.com:443", "https://example.com"],
    ["http://localhost:8080", "http://localhost:8080"],
    ["https://*.example.com", "https://*.example.com"],
    ["https://bücher.example", "https://xn--bcher-kva.example"],
    ["https://*.bücher.example:8443", "https://*.xn--bcher-kva.example:8443"],
    ["example.com", undefined],
    ["https://", undefined],
    ["https://*", undefined],
    ["https://a.*.com", undefined],
    ["https://example.com/path", undefined],
    ["https://user@example.com", undefined],
    ["file:///", undefined],
    ["null", undefined],
    ["*", undefined],
  ])("%s is read as %p", (text, expected) => {
    expect(parseOrigin(text)).toBe(expected);
  });

  test.each([
    [[], "https://any.example", true],
    [["https://example.com"], "https://example.com", true],
    [["https://example.com"], "http://example.com", false],
    [["https://example.com"], "https://example.com.evil.example", false],
    [["https://example.com"], "https://www.example.com", false],
    [["https://*.example.com"], "https://a.b.example.com", true],
    [["https://*.example.com"], "https://example.com", false],
    [["https://*.example.com"], "https://evilexample.com", false],
    [["https://*.example.com"], "http://www.example.com", false],
    [["https://*.example.com:8443"], "https://www.example.com:8443", true],
    [["https://*.example.com"], "https://www.example.com:8443", false],
    [["https://a.example", "https://b.example"], "https://b.example", true],
    [["https://example.com"], "null", false],
  ])("among %p, %s is allowed: %p", (allowed, origin, expected) => {
    expect(allowsOrigin(allowed, origin)).toBe(expected);
  });
});

describe("a host name", () => {
  test.each([
    ["Example.com", "example.com"],
    ["*.example.com", "*.example.com"],
    ["bücher.example", "xn--bcher-kva.example"],
    ["example.com:80", undefined],
    ["https://example.com", undefined],
    ["a.*.example", undefined],
    ["*", undefined],
    ["", undefined],
    ["two words", undefined],
  ])("%s is read as %p", (text, expected) => {
    expect(parseHostPattern(text)).toBe(expected);
  });

  test.each([
    ["example.com", true],
    ["EXAMPLE.com", true],
    ["a.shop.example", true],
    ["shop.example", false],
    ["evilshop.example", false],
    ["other.example", false],
  ])("%s matches the patterns: %p", (hostname, expected) => {
    expect(matchesHost(["example.com", "*.shop.example"], hostname)).toBe(expected);
  });
});

describe("a glob", () => {
  test.each([
    ["/admin", "/admin", true],
    ["/admin", "/admin/", false],
    ["/admin/*", "/admin/users", true],
    ["/admin/*", "/admin/", true],
    ["/admin/*", "/admin/users/7", false],
    ["/admin/**", "/admin/users/7", true],
    ["/admin**", "/admin", true],
    ["/*/edit", "/pages/edit", true],
    ["/*/edit", "/pages/7/edit", false],
    ["**/edit", "/pages/7/edit", true],
    ["/a*b*c", "/aXbYc", true],
    ["/a*b*c", "/aXbYcZ", false],
    ["/100\\*", "/100*", true],
    ["/100\\*", "/1000", false],
    ["/\\\\", "/\\", true],
    ["/é?", "/é?", true],
    ["/(a+)+$", "/aaaa", false],
    ["**", "", true],
    ["/admin", "/admin", true],
    ["/admin", "/admin/", false],
    ["/admin", "/admin?page=2", true],
    ["/admin/**", "/admin/users#top", true],
    ["/admin/*", "/%61dmin/caf%C3%A9", true],
    ["/admin/*", "/admin%2Fusers", true],
    ["/find?q=*", "/find?q=shoes", true],
    ["/admin", "/admin/%zz", false],
  ])("%s matches %s: %p", (pattern, path, expected) => {
    expect(new PathSet([pattern]).has(path)).toBe(expected);
  });

  test.each([[""], ["/a\\"], [`/${"a".repeat(256)}`], ["/\ud800"]])("%p is no pattern", (text) => {
    expect(parsePathGlob(text)).toBeUndefined();
  });

  test("is found among others, whose states fill many words", () => {
    const patterns = Array.from({ length: 40 }, (_, i) => `/*/part-${i}/**`);
    const paths = new PathSet(["/exact", "/trailing\\", ...patterns]);
    for (let i = 0; i < 40; i += 1) {
      expect(paths.has(`/a/part-${i}/b/c`)).toBe(true);
      expect(paths.has(`/a/b/part-${i}/c`)).toBe(false);
    }
    expect(paths.has("/exact")).toBe(true);
    expect(paths.has("/trailing")).toBe(false);
  });

  test("takes linear time where a regular expression would not", () => {
    expect(new PathSet([`/${"*a".repeat(120)}b`]).has(`/${"a".repeat(2_000)}`)).toBe(false);
  });

  test("is limited in length with all others that have stars", () => {
    const starred = Array.from({ length: 9 }, (_, i) => `/${"**a".repeat(36)}${i}`);
    const exact = Array.from({ length: 100 }, (_, i) => `/a-path-without-a-star/${i}`);
    expect(parseSiteChanges({ excluded_paths: [...exact, ...starred] })).toBeDefined();
    const problems = problemsOf(() =>
      parseSiteChanges({ excluded_paths: [...starred, "/blog/**/edit"] }),
    );
    expect(problems["excluded_paths"]).toContain("at most 1000 characters");
  });
});

describe("settings of a site", () => {
  test("are normalised", () => {
    const fields = {
      name: "The shop",
      time_zone: "europe/berlin",
      origins: ["https://Shop.example/", "https://shop.example"],
      hostnames: ["*.Shop.example"],
      excluded_networks: ["10.0.0.0/8", "2001:db8::1"],
      excluded_paths: ["/admin/**"],
      excluded_countries: ["de"],
      limits: { events_per_second: 10, events_per_day: null },
    };
    expect(parseSiteChanges(fields)).toEqual({
      name: "The shop",
      timeZone: "Europe/Berlin",
      origins: ["https://shop.example"],
      hostnames: ["*.shop.example"],
      excludedNetworks: ["10.0.0.0/8", "2001:db8::1"],
      excludedPaths: ["/admin/**"],
      excludedCountries: ["DE"],
      limits: { events_per_second: 10, events_per_day: null },
    });
  });

  test.each([
    ["name", ""],
    ["name", 7],
    ["time_zone", "Berlin"],
    ["time_zone", "+02:00"],
    ["time_zone", null],
    ["origins", "https://shop.example"],
    ["origins", ["shop.example"]],
    ["origins", [7]],
    ["hostnames", ["https://shop.example"]],
    ["excluded_networks", ["10.0.0.0/33"]],
    ["excluded_paths", [""]],
    ["excluded_countries", ["Germany"]],
    ["excluded_countries", Array.from({ length: 1_001 }, () => "DE")],
    ["limits", 7],
    ["limits", { per_hour: 7 }],
    ["colour", "red"],
    ["__proto__", 7],
  ])("name the field %s with %p", (name, value) => {
    const problems = problemsOf(() => parseSiteChanges({ [name]: value }));
    expect(Object.keys(problems)).toEqual([name]);
  });

  test.each([
    ["events_per_second", 0],
    ["events_per_second", 1.5],
    ["requests_per_second", "10"],
    ["burst_seconds", 3_601],
    ["events_per_day", -1],
  ])("name the limit %s with %p", (name, value) => {
    const problems = problemsOf(() => parseSiteChanges({ limits: { [name]: value } }));
    expect(Object.keys(problems)).toEqual([name]);
  });

  test("keep the limits that a change leaves out", () => {
    const changed = withLimits(
      { events_per_second: 10, events_per_day: 1_000 },
      { events_per_second: null, burst_seconds: 5 },
    );
    expect(changed).toEqual({ events_per_day: 1_000, burst_seconds: 5 });
  });
});

describe("a new key", () => {
  test.each([
    ["2027-01-31", "2027-01-31T00:00:00.000Z"],
    ["2027-01-31T12:00:00+02:00", "2027-01-31T10:00:00.000Z"],
    ["90d", "2026-04-15T09:30:00.000Z"],
  ])("expires at %s", (expires_at, expected) => {
    const key = parseNewKey({ kind: "read", expires_at }, NOW_MS);
    expect(key.expiresAt?.toISOString()).toBe(expected);
  });

  test("belongs to every site without a site", () => {
    expect(parseNewKey({ kind: "admin" }, NOW_MS)).toEqual({
      kind: "admin",
      siteId: "",
      label: "",
      expiresAt: null,
      limits: {},
    });
  });

  test.each([
    ["kind", { kind: "root" }],
    ["kind", {}],
    ["site_id", { kind: "write" }],
    ["site_id", { kind: "browser" }],
    ["site_id", { kind: "read", site_id: "" }],
    ["site_id", { kind: "read", site_id: null }],
    ["label", { kind: "read", label: 7 }],
    ["label", { kind: "read", label: "x".repeat(201) }],
    ["expires_at", { kind: "read", expires_at: "2026-01-15" }],
    ["expires_at", { kind: "read", expires_at: "0d" }],
    ["expires_at", { kind: "read", expires_at: "tomorrow" }],
    ["expires_at", { kind: "read", expires_at: "2027-02-30" }],
    ["expires_at", { kind: "read", expires_at: "2027-02-30T00:00:00" }],
    ["expires_at", { kind: "read", expires_at: 1_900_000_000_000 }],
    ["limits", { kind: "read", limits: [] }],
    ["role", { kind: "read", role: "x" }],
    ["__proto__", JSON.parse('{"kind":"read","__proto__":1}')],
  ])("names the field %s in %p", (name, fields) => {
    expect(Object.keys(problemsOf(() => parseNewKey(fields, NOW_MS)))).toEqual([name]);
  });
});

describe("what keys close", () => {
  const write = { kind: "write", siteId: "a" } as const;
  const browser = { kind: "browser", siteId: "a" } as const;
  const read = { kind: "read", siteId: "a" } as const;
  const admin = { kind: "admin", siteId: "" } as const;

  test("is the writes of their site, or all reads", () => {
    expect(closedBy([])).toEqual({ writes: new Set(), collects: new Set(), reads: false });
    expect(closedBy([browser])).toEqual({
      writes: new Set(),
      collects: new Set(["a"]),
      reads: false,
    });
    expect(closedBy([write, admin])).toEqual({
      writes: new Set(["a"]),
      collects: new Set(["a"]),
      reads: true,
    });
  });

  test.each([
    [write, [], ["writing to a", "sending to a from browsers"]],
    [write, [browser], ["writing to a"]],
    [write, [write], []],
    [browser, [write], []],
    [browser, [{ ...write, siteId: "b" }], ["sending to a from browsers"]],
    [read, [], ["reading and administering every site"]],
    [admin, [read], []],
  ])("for %p beside %p is %p", (key, others, expected) => {
    expect(closedOnlyBy(key, others)).toEqual(expected);
  });
});
