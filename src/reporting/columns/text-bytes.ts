import type { Texts } from "./day-events.ts";

/** Returns the number of texts, their lengths and their bytes. Numbers take 7 bits a byte, the lowest first. */
export function encodeTexts({ bytes, ends }: Texts): Uint8Array<ArrayBuffer> {
  const numbers: number[] = [];
  pushNumber(numbers, ends.length);
  let from = 0;
  for (let i = 0; i < ends.length; i += 1) {
    const to = ends[i] ?? 0;
    pushNumber(numbers, to - from);
    from = to;
  }
  const encoded = new Uint8Array(numbers.length + from);
  encoded.set(numbers);
  encoded.set(bytes.subarray(0, from), numbers.length);
  return encoded;
}

/** Returns undefined unless the bytes are exactly those of `encodeTexts`. */
export function decodeTexts(encoded: Uint8Array): Texts | undefined {
  let at = 0;
  const number = (): number => {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = encoded[at] ?? 0;
      at += 1;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    return value;
  };
  const count = number();
  if (count > encoded.length) return undefined;
  const ends = new Uint32Array(count);
  let end = 0;
  for (let i = 0; i < count; i += 1) {
    end += number();
    ends[i] = end;
  }
  return at + end === encoded.length ? { bytes: encoded.slice(at), ends } : undefined;
}

function pushNumber(numbers: number[], value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    numbers.push((rest & 0x7f) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  numbers.push(rest);
}
