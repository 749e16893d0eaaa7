import type { Pieces } from "../../../async/pieces.ts";
import type { TextColumn, Texts } from "../day-events.ts";
import { compareTexts } from "../sort-texts.ts";
import { gather } from "./interleaving.ts";
import { type MergedPlaces, mergeSorted } from "./merge-sorted.ts";

interface Part {
  readonly count: number;
  readonly column: TextColumn | undefined;
}

const NO_TEXTS: Texts = { bytes: new Uint8Array(), ends: new Uint32Array() };

/** Merges a column of two parts, either of which may lack it. */
export function* mergeTextColumns(
  order: Uint32Array,
  first: Part,
  second: Part,
): Pieces<TextColumn> {
  const firstTexts = first.column ?? NO_TEXTS;
  const secondTexts = second.column ?? NO_TEXTS;
  const places = yield* mergeSorted(firstTexts.ends.length, secondTexts.ends.length, (i, j) =>
    compareTexts(firstTexts, i, secondTexts, j),
  );
  const joined = joinTexts(firstTexts, secondTexts, places);
  yield;
  const ofFirst = renumbered(first, places.ofFirst);
  yield;
  const ofSecond = renumbered(second, places.ofSecond);
  yield;
  return { ...joined, index: yield* gather(order, ofFirst, ofSecond) };
}

/** Returns the texts of merged places, of the first list where both have one. */
export function joinTexts(first: Texts, second: Texts, places: MergedPlaces): Texts {
  const ends = new Uint32Array(places.first.length);
  const bytes = new Uint8Array(lengthOf(first) + lengthOf(second));
  let at = 0;
  for (let i = 0; i < ends.length; i += 1) {
    const place = places.first[i] ?? -1;
    at =
      place >= 0 ? copy(first, place, bytes, at) : copy(second, places.second[i] ?? 0, bytes, at);
    ends[i] = at;
  }
  return { bytes: bytes.slice(0, at), ends };
}

function copy(
  { bytes, ends }: Texts,
  ...[place, into, at]: [place: number, into: Uint8Array, at: number]
): number {
  let end = at;
  const to = ends[place] ?? 0;
  for (let from = place === 0 ? 0 : (ends[place - 1] ?? 0); from < to; from += 1, end += 1) {
    into[end] = bytes[from] ?? 0;
  }
  return end;
}

function renumbered({ count, column }: Part, numbers: Uint32Array): Uint32Array {
  const index = new Uint32Array(count);
  if (column === undefined) return index;
  for (let i = 0; i < count; i += 1) {
    const value = column.index[i] ?? 0;
    index[i] = value === 0 ? 0 : (numbers[value - 1] ?? 0) + 1;
  }
  return index;
}

function lengthOf({ ends }: Texts): number {
  return ends.at(-1) ?? 0;
}
