const NEEDS_ESCAPE = /["\\]/g;

/** A list as PostgreSQL's text form of an array (manual, "Array Input and Output Syntax"), every element quoted. */
export function arrayLiteral(values: readonly (string | number)[]): string {
  const elements = values.map((value) => `"${String(value).replace(NEEDS_ESCAPE, "\\$&")}"`);
  return `{${elements.join(",")}}`;
}
