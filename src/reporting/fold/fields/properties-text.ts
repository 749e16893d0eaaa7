const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const decoder = new TextDecoder();

/** Where the JSON of an event's properties lies: a flat object as PostgreSQL prints jsonb, `{"a": 1, "b": "x"}`. */
export interface PropertiesPlace {
  readonly from: number;
  readonly to: number;
}

/** A value that follows from an event's properties. */
export type ReadProperties = (bytes: Uint8Array, place: PropertiesPlace) => string | null;

/**
 * Returns the text of a property, as PostgreSQL's `->>` does: numbers keep their digits, which `JSON.parse` would round.
 *
 * @param name as it is, without quotes and escapes.
 */
export function propertyText(name: string): ReadProperties {
  // As PostgreSQL prints a key.
  const sought = Buffer.from(JSON.stringify(name));
  return (bytes, place) => {
    for (const { key, keyEnd, value, valueEnd } of pairsOf(bytes, place)) {
      if (keyEnd - key === sought.length && isAt(bytes, key, sought)) {
        return textOf(bytes, value, valueEnd);
      }
    }
    return null;
  };
}

/** Returns the names of the properties as a JSON array, in the order that PostgreSQL keeps them in; null without any. */
export const propertyNames: ReadProperties = (bytes, place) => {
  const names: string[] = [];
  for (const { key, keyEnd } of pairsOf(bytes, place)) {
    names.push(decoder.decode(bytes.subarray(key, keyEnd)));
  }
  return names.length === 0 ? null : `[${names.join(",")}]`;
};

/** Places of a name and its value, with their quotes; the ends are exclusive. */
interface Pair {
  readonly key: number;
  readonly keyEnd: number;
  readonly value: number;
  readonly valueEnd: number;
}

function* pairsOf(bytes: Uint8Array, { from, to }: PropertiesPlace): Generator<Pair> {
  for (let key = from + 1; key < to - 1; ) {
    const keyEnd = stringEnd(bytes, key);
    const value = keyEnd + 2;
    const valueEnd = bytes[value] === QUOTE ? stringEnd(bytes, value) : bareEnd(bytes, value, to);
    yield { key, keyEnd, value, valueEnd };
    key = valueEnd + 2;
  }
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
