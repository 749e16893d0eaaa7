import type { Pieces } from "../../../async/pieces.ts";
import { PIECE_STEPS } from "./piece.ts";

/** The order of the events of two parts. */
export interface Interleaving {
  readonly times: Uint32Array;
  /** By event: its place in the first part, or the number of events of the first part plus its place in the second. */
  readonly order: Uint32Array;
}

/** Events of one instant keep their order, those of the first part before those of the second. */
export function* interleave(first: Uint32Array, second: Uint32Array): Pieces<Interleaving> {
  const count = first.length + second.length;
  const merged = { times: new Uint32Array(count), order: new Uint32Array(count) };
  for (let at = 0, i = 0; at < count; at += PIECE_STEPS) {
    i = interleaveSome(merged, { first, second, at, i });
    yield;
  }
  return merged;
}

/** Fills a piece from place `at` on, which follows `i` events of the first part. Returns how many it then has. */
function interleaveSome(
  { times, order }: Interleaving,
  { first, second, at: from, i: before }: Readonly<Record<"at" | "i", number>> & Parts,
): number {
  const until = Math.min(from + PIECE_STEPS, times.length);
  let i = before;
  let j = from - before;
  for (let at = from; at < until; at += 1) {
    const one = i < first.length ? (first[i] ?? 0) : Number.POSITIVE_INFINITY;
    const other = j < second.length ? (second[j] ?? 0) : Number.POSITIVE_INFINITY;
    const isFirst = one <= other;
    times[at] = isFirst ? one : other;
    order[at] = isFirst ? i : first.length + j;
    if (isFirst) i += 1;
    else j += 1;
  }
  return i;
}

interface Parts {
  readonly first: Uint32Array;
  readonly second: Uint32Array;
}

/** Returns the values of both parts in their new order. */
export function* gather(
  order: Uint32Array,
  first: Uint32Array,
  second: Uint32Array,
): Pieces<Uint32Array> {
  const values = new Uint32Array(first.length + second.length);
  values.set(first);
  values.set(second, first.length);
  const gathered = new Uint32Array(order.length);
  for (let from = 0; from < order.length; from += PIECE_STEPS) {
    gatherSome(order, { values, gathered, from });
    yield;
  }
  return gathered;
}

function gatherSome(
  order: Uint32Array,
  { values, gathered, from }: { values: Uint32Array; gathered: Uint32Array; from: number },
): void {
  const until = Math.min(from + PIECE_STEPS, order.length);
  for (let at = from; at < until; at += 1) gathered[at] = values[order[at] ?? 0] ?? 0;
}
