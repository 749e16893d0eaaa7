import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { describeValue } from "../../src/event/describe-value.ts";

const DESCRIBED: readonly (readonly [unknown, string])[] = [
  [undefined, "nothing"],
  [null, "null"],
  ["", "an empty string"],
  ["yesterday", '"yesterday"'],
  ['say "no"\n', '"say \\"no\\"\\n"'],
  [42, "the number 42"],
  [-0.5, "the number -0.5"],
  [JSON.parse("1e400"), "the number Infinity"],
  [true, "the boolean true"],
  [[], "an array"],
  [{}, "an object"],
  [JSON.parse('{"toString":"no function"}'), "an object"],
];

describe("describeValue", () => {
  for (const [value, words] of DESCRIBED) {
    test(`describeValue answers ${words} when given such a value`, () => {
      expect(describeValue(value)).toBe(words);
    });
  }

  test("describeValue says that there is more when it cuts a text", () => {
    expect(describeValue("x".repeat(64))).toBe(`"${"x".repeat(64)}"`);
    expect(describeValue("x".repeat(65))).toBe(`"${"x".repeat(64)}" and more`);
    expect(describeValue("😀".repeat(17))).toBe(`"${"😀".repeat(16)}" and more`);
    expect(describeValue(`${"x".repeat(63)}😀`)).toBe(`"${"x".repeat(63)}" and more`);
  });

  test("describeValue echoes at most 64 bytes when given any text", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.string({ unit: fc.constantFrom("\ud800", "\udc00", "\0", "\u001b", "😀", '"', "\\") }),
    );
    fc.assert(
      fc.property(text, (value) => {
        const quoted = describeValue(value).replace(/ and more$/, "");
        fc.pre(value !== "");
        expect(quoted).toStartWith('"');
        expect(quoted).toEndWith('"');
        expect(Buffer.byteLength(quoted)).toBeLessThanOrEqual(64 + 2);
        expect(value.toWellFormed()).toStartWith(JSON.parse(quoted));
      }),
    );
  });

  test("describeValue echoes no control character when given any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (value) => {
        expect(describeValue(value)).not.toMatch(/\p{Cc}/u);
      }),
    );
  });

  test("describeValue answers words of at most 100 bytes when given any JSON value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(Buffer.byteLength(describeValue(value))).toBeLessThanOrEqual(100);
      }),
    );
  });
});
