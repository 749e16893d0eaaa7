import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { InvalidFieldsError } from "../../src/errors.ts";
import { parseParameters } from "../../src/http/routes/query-parameters.ts";

const KNOWN = ["site_id", "date", "limit"];

function fieldsOf(encoded: string, known = KNOWN): Readonly<Record<string, string>> {
  try {
    parseParameters(encoded, known);
    return {};
  } catch (error) {
    return error instanceof InvalidFieldsError ? error.fields : {};
  }
}

/** Percent-encodes every byte of some characters, as clients may. */
function encode(text: string, isEncoded: boolean): string {
  return isEncoded
    ? [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("")
    : encodeURIComponent(text);
}

describe("query parameters", () => {
  const refused: [string, string, string][] = [
    ["an unknown name", "site_id=a&event_type=b", "event_type"],
    ["a name in another case", "Site_ID=a", "Site_ID"],
    ["an array", "site_id[]=a", "site_id[]"],
    ["an encoded array", "site_id%5B%5D=a", "site_id[]"],
    ["a name with a space", "site_id+=a", "site_id "],
    ["a name with NUL", "site_id%00=a", "site_id\0"],
    ["a name of broken UTF-8", "site_id%ff=a", "site_id\ufffd"],
    ["semicolons between parameters", "limit=1;date=2026-01-15&site_id;limit=1", "site_id;limit"],
    ["an empty name", "=a", ""],
    ["__proto__", "__proto__=a", "__proto__"],
    ["a repeated name", "site_id=a&site_id=a", "site_id"],
    ["a repeated name, encoded", "site_id=a&site%5Fid=b", "site_id"],
    ["an empty value", "site_id=a&date=", "date"],
    ["a name without a value", "site_id=a&limit", "limit"],
  ];
  test.each(refused)("are refused with %s, naming the known ones", (_, encoded, name) => {
    const fields = fieldsOf(encoded);
    expect(Object.keys(fields)).toEqual([name]);
    expect(Object.values(fields).join()).toContain("site_id, date, limit");
  });

  test("are refused when a value is not UTF-8", () => {
    expect(fieldsOf("site_id=caf%e9")).toEqual({
      site_id: "Expected site_id to be percent-encoded UTF-8, got other bytes",
    });
    expect(fieldsOf("site_id=%EF%BF%BD&date=100%25")).toEqual({});
  });

  test.each(["", "&", "&&&"])("may be absent: %p", (encoded) => {
    expect(parseParameters(encoded, [])).toEqual(new Map());
  });

  test("are refused where none is known", () => {
    expect(fieldsOf("name[]=up", [])).toEqual({
      "name[]": 'Expected no parameters, got "name[]"',
    });
  });

  test("get a short error, however many are invalid", () => {
    const many = Array.from({ length: 5_000 }, (_, index) => `${"x".repeat(90)}${index}=1`);
    expect(JSON.stringify(fieldsOf(many.join("&"))).length).toBeLessThan(2_000);
    const short = Array.from({ length: 5_000 }, (_, index) => `x${index}=1`);
    expect(Object.keys(fieldsOf(short.join("&")))).toHaveLength(8);
  });

  test("are read when known and given once, or refused", () => {
    const name = fc.oneof(
      fc.constantFrom(...KNOWN),
      fc.constantFrom("Site_ID", "site_id[]", "from", "timezone", "limit ", "__proto__"),
      fc.string({ unit: "binary", maxLength: 12 }).map((text) => text.toWellFormed()),
    );
    const value = fc.string({ unit: "binary", maxLength: 12 }).map((text) => text.toWellFormed());
    const part = fc.record({ name, value, isEncoded: fc.boolean() });
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const encoded = parts
          .map(
            (each) => `${encode(each.name, each.isEncoded)}=${encode(each.value, !each.isEncoded)}`,
          )
          .join("&");
        const names = parts.map((each) => each.name);
        const isValid =
          names.every((each) => KNOWN.includes(each)) &&
          new Set(names).size === names.length &&
          parts.every((each) => each.value !== "");
        if (!isValid) {
          expect(() => parseParameters(encoded, KNOWN)).toThrow(InvalidFieldsError);
          return;
        }
        const values = parseParameters(encoded, KNOWN);
        expect([...values]).toEqual(parts.map((each) => [each.name, each.value]));
      }),
      { numRuns: 2_000 },
    );
  });
});
