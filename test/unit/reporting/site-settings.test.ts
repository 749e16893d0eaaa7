import { expect, test } from "bun:test";
import { siteSettings } from "../../../src/reporting/site-settings.ts";

const READABLE = { name: "Signup", definition: { filters: [["is", "event:name", ["signup"]]] } };
/** As a newer version may write it. */
const LATER = { name: "Later", definition: { filters: [["is_later", "event:name", ["a"]]] } };

test("keeps the names of definitions of another version", () => {
  const stored = { site: undefined, goals: [READABLE, LATER], segments: [LATER] };
  const settings = siteSettings(stored);
  expect(settings.goals.map(({ name }) => name)).toEqual(["Signup"]);
  expect(settings.segments).toEqual([]);
  expect(settings.unreadable).toEqual({ goals: ["Later"], segments: ["Later"] });
});

test("names no unreadable definitions without any", () => {
  const settings = siteSettings({ site: undefined, goals: [READABLE], segments: [READABLE] });
  expect(settings).not.toHaveProperty("unreadable");
});
