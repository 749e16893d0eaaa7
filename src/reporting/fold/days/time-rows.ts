import type { TimeBuckets, TimeRange } from "../../query/report-query.ts";
import type { Span } from "./spans.ts";
import { firstAt } from "./spans.ts";

const OUTSIDE = -1;

/** Which row of time an instant is in: 0 for all of the range without a time dimension, -1 outside of it. */
export class TimeRows {
  /** Whether later instants are never in an earlier row. */
  readonly areOrdered: boolean;
  /** Where consecutive instants of one row begin, and that row. A month of minutes has 44,640 of them. */
  readonly #starts: readonly number[];
  readonly #rows: readonly number[];

  constructor(range: TimeRange, buckets: TimeBuckets | undefined) {
    const { starts, rows } = piecesOf(range, buckets ?? { starts: [range.fromMs], rows: [0] });
    this.#starts = starts;
    this.#rows = rows;
    this.areOrdered = ascend(rows);
  }

  /** Writes the rows of the span's events. */
  fill({ day, from, to }: Span, rows: Int32Array): void {
    const { times } = day.events;
    let piece = this.#pieceAt(day.startMs + (times[from] ?? 0));
    for (let at = from; at < to; piece++) {
      const nextMs = this.#starts[piece + 1];
      const end = nextMs === undefined ? to : Math.min(to, firstAt(times, nextMs - day.startMs));
      rows.fill(this.#rows[piece] ?? OUTSIDE, at - from, end - from);
      at = Math.max(at, end);
    }
  }

  /** Returns the last piece that begins by an instant, or -1. */
  #pieceAt(ms: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#starts[middle] ?? 0) <= ms) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

/** Looks at each bucket once. */
function piecesOf(
  range: TimeRange,
  buckets: Pick<TimeBuckets, "starts" | "rows">,
): { readonly starts: readonly number[]; readonly rows: readonly number[] } {
  const ends = range.gaps.flatMap(({ fromMs, toMs }) => [fromMs, toMs]);
  const edges = [range.fromMs, range.toMs, ...ends].toSorted((left, right) => left - right);
  const starts: number[] = [];
  const rows: number[] = [];
  let edge = 0;
  for (let bucket = OUTSIDE; edge < edges.length || bucket + 1 < buckets.starts.length; ) {
    const nextMs = buckets.starts[bucket + 1] ?? Number.POSITIVE_INFINITY;
    const startMs = Math.min(nextMs, edges[edge] ?? Number.POSITIVE_INFINITY);
    if (nextMs === startMs) bucket += 1;
    while (edges[edge] === startMs) edge += 1;
    starts.push(startMs);
    rows.push(isOutside(startMs, range) ? OUTSIDE : (buckets.rows[bucket] ?? OUTSIDE));
  }
  return { starts, rows };
}

function isOutside(ms: number, { fromMs, toMs, gaps }: TimeRange): boolean {
  return ms < fromMs || ms >= toMs || gaps.some((gap) => gap.fromMs <= ms && ms < gap.toMs);
}

function ascend(rows: readonly number[]): boolean {
  let last = OUTSIDE;
  for (const row of rows) {
    if (row !== OUTSIDE && row < last) return false;
    last = Math.max(last, row);
  }
  return true;
}
