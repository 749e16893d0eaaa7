import { expect, test } from "bun:test";
import { join } from "node:path";
import { CHANNELS } from "../../src/reporting/query/acquisition/channel.ts";

/** Types of pages would come with an import by name. */
async function wordsOf(language: string): Promise<Record<string, object>> {
  const file = join(import.meta.dir, "..", "..", "src", "dashboard", "words", `${language}.ts`);
  const words = (await import(file)) as Record<string, Record<string, object>>;
  return words[language] ?? {};
}
const en = await wordsOf("en");
const de = await wordsOf("de");

/** Returns the texts by their place, such as `goals.menu`. What takes values is called with examples. */
function textsIn(words: object, place = ""): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [key, value] of Object.entries(words) as [string, unknown][]) {
    const at = place === "" ? key : `${place}.${key}`;
    if (typeof value === "string") texts.set(at, value);
    else if (typeof value === "function") texts.set(at, "a function");
    else for (const [inner, text] of textsIn(value as object, at)) texts.set(inner, text);
  }
  return texts;
}

test("German has a word for each channel, which the engine names in English", () => {
  const untranslated = CHANNELS.filter(
    (channel) => !(channel.toLowerCase() in (de["values"] ?? {})),
  );
  expect(untranslated).toEqual([]);
});

test("German has each text that English has, and no other", () => {
  const english = textsIn(en);
  const german = textsIn(de);
  // Values of the engine are English already, such as channels.
  const own = (texts: Map<string, string>) =>
    [...texts.keys()].filter((place) => !place.startsWith("values.")).toSorted();
  expect(own(german)).toEqual(own(english));
  const empty = (texts: Map<string, string>) =>
    [...texts].filter(([, text]) => text.trim() === "").map(([place]) => place);
  expect(empty(german)).toEqual(empty(english));
});
