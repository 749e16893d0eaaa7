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
  [[], "an empty array"],
  [["a", "b"], "an array of 2"],
  [{}, "an object"],
  [JSON.parse('{"toString":"no function"}'), "an object"],
];

describe("a value in an error message", () => {
  test.each(DESCRIBED)("%p is called %s", (value, words) => {
    expect(describeValue(value)).toBe(words);
  });

  test("shows that a long text was cut", () => {
    expect(describeValue("x".repeat(64))).toBe(`"${"x".repeat(64)}"`);
    expect(describeValue("x".repeat(65))).toBe(`"${"x".repeat(64)}" and more`);
    expect(describeValue("😀".repeat(17))).toBe(`"${"😀".repeat(16)}" and more`);
    expect(describeValue(`${"x".repeat(63)}😀`)).toBe(`"${"x".repeat(63)}" and more`);
  });

  test("repeats at most 64 bytes of any text", () => {
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

  test("repeats no control character", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (value) => {
        expect(describeValue(value)).not.toMatch(/\p{Cc}/u);
      }),
    );
  });

  test("has at most 100 bytes", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(Buffer.byteLength(describeValue(value))).toBeLessThanOrEqual(100);
      }),
    );
  });
});
