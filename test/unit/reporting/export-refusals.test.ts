import { expect, test } from "bun:test";
import { unreadableIds } from "../../../src/reporting/export/export-refusals.ts";

function databaseError(errno: string): Error {
  return Object.assign(new Error("failed"), { name: "PostgresError", errno });
}

test("says of which day PostgreSQL could not sort the ids", () => {
  expect(unreadableIds("2026-01-15", databaseError("57014"))).toMatchObject({
    code: "database_unavailable",
    message: expect.stringContaining("did not sort the event_ids of 2026-01-15 within 5 s"),
  });
  const failed = databaseError("57P01");
  expect(unreadableIds("2026-01-15", failed)).toBe(failed);
});
