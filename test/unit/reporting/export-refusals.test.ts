import { expect, test } from "bun:test";
import { unreadableIds } from "../../../src/reporting/export/export-refusals.ts";

function databaseError(errno: string): Error {
  return Object.assign(new Error("failed"), { name: "PostgresError", errno });
}

test("tells a day with too many ids from a database that fails", () => {
  expect(unreadableIds("2026-01-15", databaseError("57014"))).toMatchObject({
    code: "query_too_large",
    message: expect.stringContaining("got 2026-01-15, which has too many events"),
  });
  const failed = databaseError("57P01");
  expect(unreadableIds("2026-01-15", failed)).toBe(failed);
});
