import { describe, expect, test } from "bun:test";
import { DISTRIBUTED_TABLES } from "../../../src/store/distribution/distributed-tables.ts";
import { findStatements, isOn, type Statement } from "./find-statements.ts";
import listed from "./listed-statements.json" with { type: "json" };

/** Fragments that name the site, and columns that have it. */
const NAMES_SITE = /site_id|\$\{(?:columns|ofPart|ofSite|ofDay|rowsOfDay|rowsOf|rowsOfSubject)\b/;
const LISTED = [...listed.sites, ...listed.administration];

const statements = (await findStatements()).filter((statement) =>
  isOn(DISTRIBUTED_TABLES, statement),
);

function withoutSite(given: readonly Statement[]): readonly string[] {
  return given.filter(({ text }) => !NAMES_SITE.test(text)).map(({ name }) => name);
}

/** Citus distributes the tables by site. Tables on the coordinator take any statement. */
describe("statements on distributed tables", () => {
  test("are each listed as of sites or as administration", () => {
    const names = statements.map(({ name }) => name);
    expect({
      "to add to listed-statements.json": names.filter((name) => !LISTED.includes(name)),
      "to remove from it": LISTED.filter((name) => !names.includes(name)),
    }).toEqual({ "to add to listed-statements.json": [], "to remove from it": [] });
    expect(LISTED).toHaveLength(new Set(LISTED).size);
  });

  test("name the site if they are of sites", () => {
    expect(withoutSite(statements.filter(({ name }) => listed.sites.includes(name)))).toEqual([]);
  });

  test("are found with their placeholders", () => {
    const found = statements.find(({ name }) =>
      name.startsWith("store/packing/site-lock.ts: UPDATE"),
    );
    expect(found?.text).toContain("WHERE site_id = $1");
    expect(withoutSite([{ name: "all", text: "SELECT count(*) FROM events" }])).toEqual(["all"]);
    expect(isOn(["events"], { name: "", text: "SELECT * FROM dead_events" })).toBe(false);
  });
});
