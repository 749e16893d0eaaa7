import { describe, expect, test } from "bun:test";
import { EVERY_SITE, type Key } from "../../../src/access/access-document.ts";
import { administeredSite, expectReader, mayReadHealth } from "../../../src/access/may-read.ts";
import { compileRules } from "../../../src/access/rules.ts";
import { QueueFlowError } from "../../../src/errors.ts";
import { accessDocument, everySiteKey, SHOP, sampleKey } from "../../support/access-document.ts";

const KEYS = {
  none: undefined,
  write: sampleKey("write").key,
  browser: sampleKey("browser").key,
  "read of the shop": sampleKey("read").key,
  "admin of the shop": sampleKey("admin").key,
  "read of every site": everySiteKey("read").key,
  "admin of every site": everySiteKey("admin").key,
};
type Name = keyof typeof KEYS;

function outcome(check: () => unknown): unknown {
  try {
    return check() ?? "fine";
  } catch (error) {
    if (error instanceof QueueFlowError) return error.code;
    throw error;
  }
}

function rulesOf(keys: readonly Key[], isAllClosed = false) {
  return compileRules(accessDocument(keys), { isAllClosed });
}

const open = rulesOf([KEYS.write, KEYS.browser]);
const closed = rulesOf([KEYS["read of the shop"]]);

const CASES: readonly (readonly [Name, shop: string, other: string, all: string, admin: string])[] =
  [
    ["none", "key_required", "key_required", "key_required", "key_required"],
    ["write", "wrong_kind", "wrong_kind", "wrong_kind", "wrong_kind"],
    ["browser", "wrong_kind", "wrong_kind", "wrong_kind", "wrong_kind"],
    ["read of the shop", "fine", "wrong_site", "wrong_site", "wrong_kind"],
    ["admin of the shop", "fine", "wrong_site", "wrong_site", SHOP],
    ["read of every site", "fine", "fine", "fine", "wrong_kind"],
    ["admin of every site", "fine", "fine", "fine", EVERY_SITE],
  ];

describe("where reads are closed, the key", () => {
  test.each(CASES)("%s", (name, shop, other, all, admin) => {
    const key = KEYS[name];
    expect(outcome(() => expectReader(closed, key, SHOP))).toBe(shop);
    expect(outcome(() => expectReader(closed, key, "other.example"))).toBe(other);
    expect(outcome(() => expectReader(closed, key, EVERY_SITE))).toBe(all);
    expect(outcome(() => administeredSite(key))).toBe(admin);
  });

  test("decides about the details of the health", () => {
    const outcomes = Object.values(KEYS).map((key) => outcome(() => mayReadHealth(closed, key)));
    expect(outcomes).toEqual([false, "wrong_kind", "wrong_kind", true, true, true, true]);
  });
});

describe("reads", () => {
  test.each([
    ["are open without a key", [], "fine"],
    ["are open beside write and browser keys", [KEYS.write, KEYS.browser], "fine"],
    ["are closed by a read key", [KEYS["read of the shop"]], "key_required"],
    ["are closed by an admin key", [KEYS["admin of every site"]], "key_required"],
    [
      "are closed by a revoked key",
      [{ ...KEYS["read of the shop"], revokedAtMs: 1 }],
      "key_required",
    ],
  ])("%s", (_, keys, code) => {
    expect(outcome(() => expectReader(rulesOf(keys), undefined, SHOP))).toBe(code);
    expect(outcome(() => expectReader(rulesOf(keys, true), undefined, SHOP))).toBe("key_required");
    expect(outcome(() => mayReadHealth(rulesOf(keys), undefined))).toBe(code === "fine");
  });

  test("refuse a key of a wrong kind also while they are open", () => {
    expect(outcome(() => expectReader(open, KEYS.write, SHOP))).toBe("wrong_kind");
    expect(outcome(() => administeredSite(undefined))).toBe("key_required");
  });
});
