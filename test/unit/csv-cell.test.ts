import { expect, test } from "bun:test";
import fc from "fast-check";
import { csvCell, withoutMark } from "../../src/event/csv-cell.ts";

test.each([
  ["plain", "plain"],
  ["=1+1", "'=1+1"],
  ["+49", "'+49"],
  ["-1", "'-1"],
  ["@a", "'@a"],
  ["\tx", "'\tx"],
  ["'=1", "''=1"],
  ["'quoted'", "'quoted'"],
  ['a "b", c', '"a ""b"", c"'],
  ["=a,b", '"\'=a,b"'],
  ["two\nlines", '"two\nlines"'],
  ["", ""],
])("writes %j as a CSV cell", (text, cell) => {
  expect(csvCell(text)).toBe(cell);
});

test("returns the text of every cell", () => {
  const texts = fc.string({ unit: "binary" });
  const heads = fc.string({ minLength: 0, maxLength: 3, unit: "grapheme-ascii" });
  fc.assert(
    fc.property(heads, texts, (head, rest) => {
      const text = `${head}${rest}`;
      const cell = csvCell(text);
      const unquoted = cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
      expect(withoutMark(unquoted)).toBe(text);
    }),
  );
});
