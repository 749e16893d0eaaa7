import { distance } from "fastest-levenshtein";

const LETTERS_MAX = 2;

/** Returns the name that a mistyped one probably meant: one that it begins, or the nearest within two letters. */
export function suggestion(typed: string, names: readonly string[]): string | undefined {
  const begun = typed.length > 1 ? names.find((name) => name.startsWith(typed)) : undefined;
  if (begun !== undefined) return begun;
  const near = names
    .map((name) => ({ name, letters: distance(typed, name) }))
    .filter(({ name, letters }) => letters <= LETTERS_MAX && letters < name.length / 2)
    .toSorted((a, b) => a.letters - b.letters);
  return near[0]?.name;
}
