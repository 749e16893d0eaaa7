/**
 * Returns a regular expression for the whole text, in what PostgreSQL and JavaScript have in common: `*` stops at a slash,
 * `**` does not, and a backslash takes the next character literally.
 */
export function globPattern(glob: string): string {
  const tokens = glob.match(/\\[^]|\*\*|[^]/gu) ?? [];
  return `^${tokens.map(tokenPattern).join("")}$`;
}

function tokenPattern(token: string): string {
  if (token === "**") return ".*";
  if (token === "*") return "[^/]*";
  const character = token.length > 1 && token.startsWith("\\") ? token.slice(1) : token;
  return /^[!-/:-@[-`{-~]$/.test(character) ? `\\${character}` : character;
}
