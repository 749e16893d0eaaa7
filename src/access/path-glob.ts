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

/** Takes time by the length of the path times that of the pattern at most, whatever both are. */
export function matchesGlob(glob: PathGlob, path: string): boolean {
  // `reached[i]` says whether the first `i` steps match what has been read.
  let reached = skipStars(glob, [true]);
  for (const character of path) {
    const next: boolean[] = [];
    let isAlive = false;
    for (const [i, step] of glob.entries()) {
      if (reached[i] !== true) continue;
      if (step.kind === "character") {
        if (step.character !== character) continue;
        next[i + 1] = true;
      } else if (step.kind === "everything" || character !== "/") next[i] = true;
      else continue;
      isAlive = true;
    }
    if (!isAlive) return false;
    reached = skipStars(glob, next);
  }
  return reached[glob.length] === true;
}

/** A star may stand for nothing. */
function skipStars(glob: PathGlob, reached: boolean[]): boolean[] {
  for (const [i, step] of glob.entries()) {
    if (reached[i] === true && step.kind !== "character") reached[i + 1] = true;
  }
  return reached;
}
