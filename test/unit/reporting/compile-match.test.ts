import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { compileMatch } from "../../../src/reporting/query/filter/compile-match.ts";
import type { Operator } from "../../../src/reporting/query/report-query.ts";

function matches(
  operator: Operator,
  values: readonly (string | null)[],
  text: string | null,
  isCaseSensitive = true,
): boolean {
  return compileMatch({ operator, values, isCaseSensitive })(text);
}

describe("a filter", () => {
  test.each([
    ["is", ["/a", "/b"], "/b", true],
    ["is", ["/a"], "/A", false],
    ["is", ["/a"], null, false],
    ["is", ["/a", null], null, true],
    ["is", [null], "", true],
    ["is", [""], null, true],
    ["is", [null], "null", false],
    ["is_not", ["/a"], "/a", false],
    ["is_not", ["/a"], "/b", true],
    ["is_not", ["/a"], null, true],
    ["is_not", ["/a", null], null, false],
    ["is_not", [null], "/a", true],
    ["contains", ["log", "doc"], "/docs", true],
    ["contains", ["log"], "/docs", false],
    ["contains", ["log"], null, false],
    ["contains_not", ["log", "doc"], "/docs", false],
    ["contains_not", ["log"], "/docs", true],
    ["contains_not", ["log"], null, true],
    ["contains", [".*"], "/docs", false],
    ["matches_glob", ["/blog/*"], "/blog/a", true],
    ["matches_glob", ["/blog/*"], "/blog/", true],
    ["matches_glob", ["/blog/*"], "/blog/a/b", false],
    ["matches_glob", ["/blog/**"], "/blog/a/b", true],
    ["matches_glob", ["**"], "", false],
    ["matches_glob", ["**"], null, false],
    ["matches_glob", ["/x", "*/b"], "/b", true],
    ["matches_glob", ["/blog"], "/blog/a", false],
    ["matches_glob", ["/a\\*b"], "/a*b", true],
    ["matches_glob", ["/a\\*b"], "/axb", false],
    ["matches_glob", ["/a\\\\b"], "/a\\b", true],
    ["matches_glob", ["/caf*"], "/café\n", true],
    ["matches_glob", ["/?[a]"], "/?[a]", true],
    ["matches_glob_not", ["/blog/*"], "/blog/a", false],
    ["matches_glob_not", ["/blog/*"], "/", true],
    ["matches_glob_not", ["/blog/*"], null, true],
  ] as const)("%s %j takes %j: %p", (operator, values, text, expected) => {
    expect(matches(operator, values, text)).toBe(expected);
  });

  test.each([
    ["is", ["/ÄB"], "/äb", true],
    ["is_not", ["/ÄB"], "/äb", false],
    ["contains", ["GOOGLE"], "www.google.com", true],
    ["contains", ["google"], "WWW.GOOGLE.COM", true],
    ["matches_glob", ["/Blog/*"], "/bLOG/x", true],
  ] as const)("%s %j takes %j in any letter case: %p", (operator, values, text, expected) => {
    expect(matches(operator, values, text, false)).toBe(expected);
  });

  test("is the opposite of its negation", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "/", "*"), maxLength: 6 });
    const pairs = [
      ["is", "is_not"],
      ["contains", "contains_not"],
      ["matches_glob", "matches_glob_not"],
    ] as const;
    fc.assert(
      fc.property(
        fc.constantFrom(...pairs),
        fc.array(text),
        text,
        ([operator, negation], values, value) => {
          expect(matches(operator, values, value)).toBe(!matches(negation, values, value));
        },
      ),
    );
  });

  test("by a glob is the regular expression it stands for", () => {
    const unit = fc.constantFrom("a", "/", "*", "**", "\\*");
    const pattern = fc.array(unit, { minLength: 1, maxLength: 8 }).map((parts) => parts.join(""));
    const text = fc.string({ unit: fc.constantFrom("a", "/", "*"), minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(pattern, text, (glob, value) => {
        const source = glob.replace(/\\\*|\*+/g, (stars) => {
          if (stars === "\\*") return "\\*";
          return stars.length > 1 ? ".*" : "[^/]*";
        });
        expect(matches("matches_glob", [glob], value)).toBe(
          new RegExp(`^${source}$`, "s").test(value),
        );
      }),
      { numRuns: 1_000 },
    );
  });

  test("with many stars ends on a text that almost matches", () => {
    const glob = `${"*a".repeat(127)}b`;
    expect(matches("matches_glob", [glob], "a".repeat(2_048))).toBe(false);
  });
});
