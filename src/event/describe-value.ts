/** An answer never echoes more input than this, in bytes of UTF-8. */
const ECHO_BYTES_MAX = 64;

/**
 * What came, in words for an error message: `nothing`, `null`, `the number 42`, `"yesterday"`. Strings
 * are quoted with JSON's escapes, so that no control character reaches a log, and cut to 64 bytes.
 */
export function describeValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (value === "") return "an empty string";
  if (typeof value === "string") return quote(value);
  if (Array.isArray(value)) return "an array";
  if (typeof value === "number" || typeof value === "boolean")
    return `the ${typeof value} ${value}`;
  return "an object";
}

function quote(text: string): string {
  const start = cut(text.slice(0, ECHO_BYTES_MAX).toWellFormed());
  const escaped = JSON.stringify(start);
  return start.length < text.length ? `${escaped} and more` : escaped;
}

function cut(text: string): string {
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(JSON.stringify(character)) - 2;
    if (bytes > ECHO_BYTES_MAX) break;
    end += character.length;
  }
  return text.slice(0, end);
}
