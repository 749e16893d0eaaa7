const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const decoder = new TextDecoder();

interface Sought {
  /** Where the JSON lies. */
  readonly from: number;
  readonly to: number;
  /** With its quotes and escapes. */
  readonly key: Uint8Array;
}

/**
 * Returns the text of a property in a flat object, as PostgreSQL's `->>` does: numbers keep their digits, which `JSON.parse` would
 * round. Reads JSON as PostgreSQL prints jsonb: `{"a": 1, "b": "x"}`.
 */
export function propertyText(bytes: Uint8Array, { from, to, key }: Sought): string | null {
  for (let at = from + 1; at < to - 1; ) {
    const keyEnd = stringEnd(bytes, at);
    const valueAt = keyEnd + 2;
    const valueEnd =
      bytes[valueAt] === QUOTE ? stringEnd(bytes, valueAt) : bareEnd(bytes, valueAt, to);
    if (keyEnd - at === key.length && isAt(bytes, at, key)) return textOf(bytes, valueAt, valueEnd);
    at = valueEnd + 2;
  }
  return null;
}

function textOf(bytes: Uint8Array, from: number, to: number): string | null {
  if (bytes[from] !== QUOTE) {
    const text = decoder.decode(bytes.subarray(from, to));
    return text === "null" ? null : text;
  }
  if (bytes.subarray(from, to).includes(BACKSLASH)) {
    const parsed: unknown = JSON.parse(decoder.decode(bytes.subarray(from, to)));
    return String(parsed);
  }
  return decoder.decode(bytes.subarray(from + 1, to - 1));
}

/** Returns the place after the closing quote of the string that begins at `from`. */
function stringEnd(bytes: Uint8Array, from: number): number {
  let at = from + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at + 1;
}

/** Returns where a number, a boolean or null ends: before a comma, or the brace that ends the object. */
function bareEnd(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to - 1 && bytes[at] !== COMMA) at++;
  return at;
}

function isAt(bytes: Uint8Array, from: number, text: Uint8Array): boolean {
  for (let at = 0; at < text.length; at++) {
    if (bytes[from + at] !== text[at]) return false;
  }
  return true;
}
