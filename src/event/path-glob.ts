const CHARACTERS_MAX = 256;

/** What a place of the pattern takes: one character, any that is no slash, or any at all. */
type Step =
  | { readonly kind: "character"; readonly character: string }
  | { readonly kind: "segment" | "everything" };

export type PathGlob = readonly Step[];

/** `*` stands for any characters but slashes, `**` for any, and a backslash takes the next character as it is. Undefined for no pattern. */
export function parsePathGlob(text: string): PathGlob | undefined {
  if (text === "" || text.length > CHARACTERS_MAX || !text.isWellFormed()) return undefined;
  const steps: Step[] = [];
  const characters = Array.from(text);
  for (let i = 0; i < characters.length; i += 1) {
    const character = characters[i] ?? "";
    if (character === "\\") {
      i += 1;
      const escaped = characters[i];
      if (escaped === undefined) return undefined;
      steps.push({ kind: "character", character: escaped });
    } else if (character !== "*") steps.push({ kind: "character", character });
    else if (characters[i + 1] === "*") {
      while (characters[i + 1] === "*") i += 1;
      steps.push({ kind: "everything" });
    } else steps.push({ kind: "segment" });
  }
  return steps;
}
