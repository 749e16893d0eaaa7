import { expect, test } from "bun:test";
import { compileRules, OPEN, timeZoneOf, UNKNOWN } from "../../../src/access/rules.ts";
import { accessDocument, SHOP, sampleSite } from "../../support/access-document.ts";

const rulesWith = (timeZone: string) =>
  compileRules(accessDocument([], [sampleSite({ timeZone })]), { isAllClosed: false });

test.each([
  ["of a site", rulesWith("Asia/Kolkata"), SHOP, "Asia/Kolkata"],
  ["of a site in UTC", rulesWith("UTC"), SHOP, "UTC"],
  ["that somebody wrote past the checks", rulesWith("Middle/Earth"), SHOP, "UTC"],
  ["of an unknown site", rulesWith("Asia/Kolkata"), "other.example", "UTC"],
  ["with ACCESS=open", OPEN, SHOP, "UTC"],
  ["while nothing is known", UNKNOWN, SHOP, "UTC"],
])("the time zone %s", (_, access, siteId, expected) => {
  expect(timeZoneOf(access, siteId)).toBe(expected);
});
