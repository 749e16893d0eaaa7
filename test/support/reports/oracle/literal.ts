/** Returns a text as a literal of SQL. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Returns an array of texts, compared as bytes. */
export function textArray(texts: readonly string[]): string {
  return `ARRAY[${texts.map(literal).join(", ")}]::text[]`;
}
