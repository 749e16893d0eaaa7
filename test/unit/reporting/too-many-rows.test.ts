import { expect, test } from "bun:test";
import { tooManyRows } from "../../../src/reporting/snapshot/too-many-rows.ts";

test.each([
  ["2026-01-15", "of 2026-01-15 that are in no chunk, got more: ask for other days"],
  ["2026-01-16", "of 2026-01-15 to 2026-01-16 that are in no chunk, got more"],
])("says which days have too many raw rows, until %s", (to, text) => {
  const { code, message } = tooManyRows({ from: "2026-01-15", to });
  expect(code).toBe("query_too_large");
  expect(message).toContain(text);
  expect(message).toContain("`queueflow packing rebuild`");
});
