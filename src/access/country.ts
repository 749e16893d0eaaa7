/** Returns a country as two capital letters (ISO 3166-1 alpha-2), or undefined. */
export function parseCountry(text: string): string | undefined {
  return /^[a-z]{2}$/i.test(text) ? text.toUpperCase() : undefined;
}
