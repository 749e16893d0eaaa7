import type { Texts } from "./day-events.ts";

/** Below, comparing neighbours is faster than dividing. */
const INSERTED_MAX = 12;

interface Part {
  readonly from: number;
  readonly to: number;
  /** The texts of the part have their first bytes in common. */
  readonly depth: number;
}

/**
 * Returns the places of texts in byte order: the multikey quicksort of Bentley and Sedgewick, which reads each byte about once.
 */
export function placesInByteOrder(texts: Texts): Uint32Array {
  const places = new Uint32Array(texts.ends.length);
  for (let i = 0; i < places.length; i += 1) places[i] = i;
  const parts: Part[] = [{ from: 0, to: places.length, depth: 0 }];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    if (part.to - part.from <= INSERTED_MAX) insertionSort(texts, places, part);
    else parts.push(...divide(texts, places, part));
  }
  return places;
}

/** As `memcmp` and then by length: negative when text `a` is before text `b`. */
export function compareTexts(...[a, i, b, j]: [a: Texts, i: number, b: Texts, j: number]): number {
  return compareFrom(0, a, i, b, j);
}

function divide(texts: Texts, places: Uint32Array, { from, to, depth }: Part): readonly Part[] {
  const pivot = byteAt(texts, places[(from + to) >>> 1] ?? 0, depth);
  let less = from;
  let greater = to;
  for (let i = from; i < greater; ) {
    const place = places[i] ?? 0;
    const byte = byteAt(texts, place, depth);
    if (byte < pivot) {
      places[i] = places[less] ?? 0;
      places[less] = place;
      less += 1;
      i += 1;
    } else if (byte > pivot) {
      greater -= 1;
      places[i] = places[greater] ?? 0;
      places[greater] = place;
    } else {
      i += 1;
    }
  }
  const others = [
    { from, to: less, depth },
    { from: greater, to, depth },
  ];
  // The pivot of texts that have ended is -1: they are equal.
  return pivot < 0 ? others : [...others, { from: less, to: greater, depth: depth + 1 }];
}

function insertionSort(texts: Texts, places: Uint32Array, { from, to, depth }: Part): void {
  for (let i = from + 1; i < to; i += 1) {
    const place = places[i] ?? 0;
    let at = i;
    for (; at > from; at -= 1) {
      const before = places[at - 1] ?? 0;
      if (compareFrom(depth, texts, before, texts, place) <= 0) break;
      places[at] = before;
    }
    places[at] = place;
  }
}

/** Returns -1 behind the end. */
function byteAt({ bytes, ends }: Texts, place: number, depth: number): number {
  const at = (place === 0 ? 0 : (ends[place - 1] ?? 0)) + depth;
  return at < (ends[place] ?? 0) ? (bytes[at] ?? 0) : -1;
}

function compareFrom(
  ...[depth, a, i, b, j]: [depth: number, a: Texts, i: number, b: Texts, j: number]
): number {
  const fromA = i === 0 ? 0 : (a.ends[i - 1] ?? 0);
  const fromB = j === 0 ? 0 : (b.ends[j - 1] ?? 0);
  const lengthA = (a.ends[i] ?? 0) - fromA;
  const lengthB = (b.ends[j] ?? 0) - fromB;
  const shorter = Math.min(lengthA, lengthB);
  for (let k = depth; k < shorter; k += 1) {
    const difference = (a.bytes[fromA + k] ?? 0) - (b.bytes[fromB + k] ?? 0);
    if (difference !== 0) return difference;
  }
  return lengthA - lengthB;
}
