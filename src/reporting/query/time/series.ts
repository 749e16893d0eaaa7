import type { TimeBuckets } from "../report-query.ts";

const NO_ROW = -1;

/** Collects the buckets of a time dimension, in order of time. */
export class Series implements TimeBuckets {
  readonly starts: number[] = [];
  readonly rows: number[] = [];
  readonly labels: string[] = [];
  readonly #rowOf = new Map<string, number>();
  readonly #newUntilMs: number;

  /** A label that is not among `labels` has a row if it begins until `newUntilMs`. */
  constructor(labels: readonly string[], newUntilMs = Number.NEGATIVE_INFINITY) {
    this.#newUntilMs = newUntilMs;
    for (const label of labels) this.#addLabel(label);
  }

  add(startMs: number, label: string): void {
    const known = this.#rowOf.get(label);
    this.#addPiece(
      startMs,
      known ?? (startMs <= this.#newUntilMs ? this.#addLabel(label) : NO_ROW),
    );
  }

  skipFrom(startMs: number): void {
    this.#addPiece(startMs, NO_ROW);
  }

  #addLabel(label: string): number {
    const row = this.labels.push(label) - 1;
    this.#rowOf.set(label, row);
    return row;
  }

  #addPiece(startMs: number, row: number): void {
    if (this.rows.at(-1) === row) return;
    this.starts.push(startMs);
    this.rows.push(row);
  }
}
