import { expect, test } from "bun:test";
import { keylessAccess } from "../../../src/access/keyless-access.ts";

const EVERYTHING = "write to every site and read all numbers";

function keysOf(kind: "write" | "browser" | "read" | "admin", ...sites: readonly string[]) {
  return sites.map((siteId) => ({ kind, siteId }));
}

test.each([
  [[], EVERYTHING],
  [keysOf("browser", "a.example"), EVERYTHING],
  [keysOf("read", ""), "write to every site"],
  [keysOf("admin", "a.example"), "write to every site"],
  [
    keysOf("write", "b.example", "a.example", "a.example"),
    "write to every site except a.example, b.example, and read all numbers",
  ],
  [
    [...keysOf("write", "a", "b", "c", "d", "e"), ...keysOf("admin", "")],
    "write to every site except a, b, c and 2 more",
  ],
])("needs no key beside %j", (keys, may) => {
  expect(keylessAccess(undefined, keys)?.may).toBe(may);
});

test("ACCESS decides whatever keys exist", () => {
  const keys = [...keysOf("write", "a.example"), ...keysOf("admin", "")];
  expect(keylessAccess("open", keys)?.may).toBe(EVERYTHING);
  expect(keylessAccess("keys", [])).toBeUndefined();
});

test("says what closes the rest", () => {
  expect(keylessAccess(undefined, [])?.todo).toContain("queueflow keys create");
  expect(keylessAccess(undefined, keysOf("read", ""))?.todo).toContain("ACCESS=keys");
  expect(keylessAccess("open", [])?.todo).toContain("Unset ACCESS");
});
