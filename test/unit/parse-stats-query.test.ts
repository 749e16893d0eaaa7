import { describe, expect, test } from "bun:test";
import { InvalidFieldsError } from "../../src/errors.ts";
import { parseStatsQuery } from "../../src/http/routes/parse-stats-query.ts";

const NOW_MS = Date.parse("2026-01-15T23:59:59.999Z");

function parse(parameters: Readonly<Record<string, string>>) {
  return parseStatsQuery(new Map(Object.entries(parameters)), NOW_MS);
}

function invalidParameters(parameters: Readonly<Record<string, string>>): readonly string[] {
  try {
    parse(parameters);
    return [];
  } catch (error) {
    return error instanceof InvalidFieldsError ? Object.keys(error.fields) : [];
  }
}

describe("a query of a site's day", () => {
  test("is for today and 10 paths by default", () => {
    const query = { siteId: "example.com", date: "2026-01-15", pathsMax: 10 };
    expect(parse({ site_id: "example.com" })).toEqual(query);
  });

  test.each(["0001-01-01", "2024-02-29", "9999-12-31"])("may be for %s", (date) => {
    expect(parse({ site_id: "a", date, limit: "1000" })).toMatchObject({ date, pathsMax: 1_000 });
  });

  const sites: Record<string, string>[] = [{}, { site_id: "" }, { site_id: "a\0" }];
  test.each([...sites, { site_id: "x".repeat(129) }])("needs a valid site_id: %j", (parameters) => {
    expect(invalidParameters(parameters)).toEqual(["site_id"]);
  });

  test.each(
    [
      ["", "2026-02-30", "2025-02-29", "2026-13-01", "0000-01-01", "2026-1-5"],
      ["2026-01-15T00:00:00Z", "20260115", "today", "infinity"],
    ].flat(),
  )("is never for the date %j", (date) => {
    expect(invalidParameters({ site_id: "a", date })).toEqual(["date"]);
  });

  test.each(["0", "-1", "1001", "1.5", "ten", "1e2", ""])("never has the limit %j", (limit) => {
    expect(invalidParameters({ site_id: "a", limit })).toEqual(["limit"]);
  });

  test("names every invalid parameter", () => {
    const names = ["site_id", "date", "limit"];
    expect(invalidParameters({ date: "x", limit: "x" })).toEqual(names);
  });
});
