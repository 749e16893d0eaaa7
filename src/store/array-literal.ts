/**
 * An array as PostgreSQL reads one (manual, "Arrays: array value input"): every element in quotes, so that
 * none is taken for NULL or for a delimiter.
 */
export function arrayLiteral(elements: readonly (string | number)[]): string {
  return `{${elements.map((element) => `"${String(element).replaceAll(/["\\]/g, "\\$&")}"`).join(",")}}`;
}
