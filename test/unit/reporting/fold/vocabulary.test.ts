import { expect, test } from "bun:test";
import fc from "fast-check";
import { TextIds } from "../../../../src/reporting/fold/ids/text-ids.ts";
import { Vocabularies } from "../../../../src/reporting/fold/ids/vocabularies.ts";
import { Vocabulary } from "../../../../src/reporting/fold/ids/vocabulary.ts";

const anyTexts = fc.array(fc.array(fc.string({ maxLength: 2, unit: "binary" })), { maxLength: 4 });
const pace = () => undefined;

function textsOf(values: readonly string[]) {
  const all = values.map((value) => Buffer.from(value));
  let end = 0;
  const ends = new Uint32Array(all.map(({ length }) => (end += length)));
  return { bytes: new Uint8Array(Buffer.concat(all)), ends };
}

async function idsOf(lists: readonly string[][], vocabulary?: Vocabulary) {
  const ids = new TextIds(vocabulary);
  const found: Int32Array[] = [];
  for (const list of lists) {
    found.push(ids.idsOf(await ids.vocabulary.numbersOf(textsOf(list), pace)));
  }
  const texts = Array.from({ length: ids.size }, (_, id) => ids.textOf(id));
  const order = texts.map((_, id) => id).toSorted((a, b) => ids.compare(a, b));
  return { found, texts, order };
}

test("a question's ids do not depend on earlier questions", async () => {
  await fc.assert(
    fc.asyncProperty(anyTexts, anyTexts, async (earlier, lists) => {
      const shared = new Vocabulary();
      await idsOf(earlier, shared);
      expect(await idsOf(lists, shared)).toEqual(await idsOf(lists));
    }),
  );
});

test("equal texts have one id, by themselves or in a dictionary", async () => {
  const ids = new TextIds();
  const numbers = await ids.vocabulary.numbersOf(textsOf(["a", "", "b"]), pace);
  expect([...ids.idsOf(numbers)]).toEqual([0, 1, 0, 2]);
  expect(["b", "", null, "c"].map((text) => ids.idOfText(text))).toEqual([2, 0, 0, 3]);
});

test("looks a dictionary up once for all questions", async () => {
  const vocabulary = new Vocabulary();
  const texts = textsOf(["a", "b"]);
  const numbers = await vocabulary.numbersOf(texts, pace);
  expect(await vocabulary.numbersOf({ ...texts }, pace)).toBe(numbers);
});

test("keeps vocabularies by site and column", () => {
  const vocabularies = new Vocabularies();
  const kept = vocabularies.of("a", "path");
  expect(vocabularies.of("a", "path")).toBe(kept);
  expect(vocabularies.of("b", "path")).not.toBe(kept);
  expect(vocabularies.of("a", "country")).not.toBe(kept);
});

test("drops the vocabulary used least recently at its limit", () => {
  const { bytes } = new Vocabulary();
  const vocabularies = new Vocabularies(2 * bytes);
  const [a, b] = [vocabularies.of("a", "path"), vocabularies.of("b", "path")];
  expect(vocabularies.of("a", "path")).toBe(a);
  vocabularies.of("c", "path");
  expect(vocabularies.of("a", "path")).toBe(a);
  expect(vocabularies.of("b", "path")).not.toBe(b);
});

test("begins a vocabulary again that is too large", () => {
  const vocabularies = new Vocabularies(new Vocabulary().bytes);
  const large = vocabularies.of("a", "path");
  for (let i = 0; i < 10_000; i += 1) new TextIds(large).idOfText(`/${i}`);
  const next = vocabularies.of("a", "path");
  expect(next).not.toBe(large);
  expect(vocabularies.of("a", "path")).toBe(next);
});
