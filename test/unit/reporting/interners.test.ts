import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Texts } from "../../../src/reporting/columns/day-events.ts";
import { placesInByteOrder } from "../../../src/reporting/columns/sort-texts.ts";
import { TextInterner } from "../../../src/reporting/columns/text-interner.ts";
import { UserInterner } from "../../../src/reporting/columns/user-interner.ts";

const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("", "a", "ab", "abc", "abcd", "abcde", "é", "\u{feff}x"),
);

function textsOf(values: readonly string[]): Texts {
  const all = values.map((value) => Buffer.from(value));
  let end = 0;
  const ends = all.map(({ length }) => (end += length));
  return { bytes: new Uint8Array(Buffer.concat(all)), ends: new Uint32Array(ends) };
}

test("equal texts have one number, different texts others", () => {
  fc.assert(
    fc.property(fc.array(fc.array(anyText), { maxLength: 4 }), (lists) => {
      const interner = new TextInterner();
      const expected = new Map<string, number>();
      for (const list of lists) {
        for (const text of list) expected.set(text, expected.get(text) ?? expected.size);
        expect([...interner.idsOf(textsOf(list))]).toEqual(
          list.map((text) => expected.get(text) ?? -1),
        );
      }
      expect(interner.count).toBe(expected.size);
      for (const [text, id] of expected) expect(interner.textOf(id)).toBe(text);
    }),
  );
});

test("many texts keep their numbers while the table grows", () => {
  const interner = new TextInterner();
  const values = Array.from({ length: 5_000 }, (_, i) => `text ${i}`);
  const ids = Array.from(values, (_, i) => i);
  expect([...interner.idsOf(textsOf(values))]).toEqual(ids);
  expect([...interner.idsOf(textsOf(values))]).toEqual(ids);
  expect(interner.textOf(4_999)).toBe("text 4999");
});

test("users are the same on every day, by both halves", () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.tuple(fc.nat(2), fc.nat(2)))), (days) => {
      const interner = new UserInterner();
      const expected = new Map<string, number>();
      for (const day of days) {
        const sorted = day.toSorted(([a, b], [c, d]) => a - c || b - d);
        // Users of a day whose hashes are equal are different users.
        const names = sorted.map(([high, low], i) => {
          const place = sorted.slice(0, i).filter(([a, b]) => a === high && b === low).length;
          return `${high} ${low} ${place}`;
        });
        for (const name of names) expected.set(name, expected.get(name) ?? expected.size);
        const ids = [...interner.idsOf(new Uint32Array(sorted.flat()))];
        expect(ids).toEqual(names.map((name) => expected.get(name) ?? -1));
      }
      expect(interner.count).toBe(expected.size);
    }),
  );
});

test("many users keep their numbers while the table grows", () => {
  const interner = new UserInterner();
  const users = Uint32Array.from({ length: 20_000 }, (_, i) => i * 0x9e3779b1);
  const ids = Array.from({ length: 10_000 }, (_, i) => i);
  expect([...interner.idsOf(users)]).toEqual(ids);
  expect([...interner.idsOf(users)]).toEqual(ids);
});

test("texts are sorted as memcmp sorts them", () => {
  const repeated = fc.constantFrom(
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "aaaaaaaaaaaaaaaaaaaaab",
    "b",
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(anyText, repeated), { maxLength: 60 }), (values) => {
      const places = [...placesInByteOrder(textsOf(values))];
      const sorted = values
        .map((value) => Buffer.from(value))
        .toSorted((a, b) => Buffer.compare(a, b))
        .map(String);
      expect(places.map((place) => values[place] ?? "")).toEqual(sorted);
      expect(new Set(places).size).toBe(values.length);
    }),
  );
});
