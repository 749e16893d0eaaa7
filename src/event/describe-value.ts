const ECHO_BYTES_MAX = 64;
/** Not escaped by JSON, but terminals and log readers act on them. */
const UNPRINTABLE = /[\u007f-\u009f\u2028\u2029]/g;

/** Returns a value in words for an error message: `nothing`, `the number 42`, `"yesterday"`. */
export function describeValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (value === "") return "an empty string";
  if (typeof value === "string") return quote(value);
  if (Array.isArray(value))
    return value.length === 0 ? "an empty array" : `an array of ${value.length}`;
  if (typeof value === "number" || typeof value === "boolean")
    return `the ${typeof value} ${value}`;
  return "an object";
}

function quote(text: string): string {
  let echo = "";
  let codeUnits = 0;
  for (const character of text.slice(0, ECHO_BYTES_MAX).toWellFormed()) {
    const next = echo + escapeCharacter(character);
    if (Buffer.byteLength(next) > ECHO_BYTES_MAX) break;
    echo = next;
    codeUnits += character.length;
  }
  return codeUnits < text.length ? `"${echo}" and more` : `"${echo}"`;
}

function escapeCharacter(character: string): string {
  return JSON.stringify(character)
    .slice(1, -1)
    .replace(UNPRINTABLE, (at) => `\\u${at.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
