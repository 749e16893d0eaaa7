import type { TimeBuckets, TimeRange } from "../../query/report-query.ts";
import type { Span } from "./spans.ts";
import { firstAt } from "./spans.ts";

/** Consecutive instants of one row. */
interface Piece {
  readonly startMs: number;
  /** -1 outside of the range. */
  readonly row: number;
}

/** Which row of time an instant is in: 0 for all of the range without a time dimension, -1 outside of it. */
export class TimeRows {
  /** Whether later instants are never in an earlier row. */
  readonly areOrdered: boolean;
  readonly #pieces: readonly Piece[];

  constructor(range: TimeRange, buckets: TimeBuckets | undefined) {
    this.#pieces = piecesOf(range, buckets);
    const rows = this.#pieces.map(({ row }) => row).filter((row) => row >= 0);
    this.areOrdered = rows.every((row, at) => at === 0 || row >= (rows[at - 1] ?? 0));
  }

  /** Writes the rows of the span's events. */
  fill({ day, from, to }: Span, rows: Int32Array): void {
    const { times } = day.events;
    let piece = this.#pieceAt(day.startMs + (times[from] ?? 0));
    for (let at = from; at < to; piece++) {
      const next = this.#pieces[piece + 1];
      const end =
        next === undefined ? to : Math.min(to, firstAt(times, next.startMs - day.startMs));
      rows.fill(this.#pieces[piece]?.row ?? -1, at - from, end - from);
      at = Math.max(at, end);
    }
  }

  /** Returns the last piece that begins by an instant, or -1. */
  #pieceAt(ms: number): number {
    let low = 0;
    let high = this.#pieces.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#pieces[middle]?.startMs ?? 0) <= ms) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

function piecesOf(range: TimeRange, buckets: TimeBuckets | undefined): Piece[] {
  const rowAt = (ms: number): number => {
    if (buckets === undefined) return 0;
    const place = buckets.starts.findLastIndex((start) => start <= ms);
    return buckets.rows[place] ?? -1;
  };
  const isOutside = (ms: number): boolean =>
    ms < range.fromMs ||
    ms >= range.toMs ||
    range.gaps.some(({ fromMs, toMs }) => fromMs <= ms && ms < toMs);
  const ends = range.gaps.flatMap(({ fromMs, toMs }) => [fromMs, toMs]);
  const starts = new Set([range.fromMs, range.toMs, ...ends, ...(buckets?.starts ?? [])]);
  return [...starts]
    .toSorted((left, right) => left - right)
    .map((startMs) => ({ startMs, row: isOutside(startMs) ? -1 : rowAt(startMs) }));
}
