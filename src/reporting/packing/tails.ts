import type { SiteTail } from "../../store/packing/tails.ts";

/** A tail is read raw by each question about its site: so many rows take some milliseconds. */
const ROWS_DUE = 1_000;
/** A smaller tail waits for more rows, since a part costs as much as a hundred of them. */
const AGE_DUE_MS = 30 * 60 * 1_000;
/** Another session holds the site for a second or two. */
const BUSY_MS = 5_000;
/** After a failure that only a person can end. */
const FAILED_MS = 10 * 60 * 1_000;

interface Tail {
  rows: number;
  readonly sinceMs: number;
  notBeforeMs: number;
}

/** Settled rows by site that this thread knows to be unpacked. Times are of the monotonic clock. */
export class Tails {
  readonly #tails = new Map<string, Tail>();

  get sites(): number {
    return this.#tails.size;
  }

  /** Of all sites. */
  get rows(): number {
    let rows = 0;
    for (const tail of this.#tails.values()) rows += tail.rows;
    return rows;
  }

  get largest(): number {
    let largest = 0;
    for (const { rows } of this.#tails.values()) largest = Math.max(largest, rows);
    return largest;
  }

  ageMs(nowMs: number): number {
    let since = nowMs;
    for (const { sinceMs } of this.#tails.values()) since = Math.min(since, sinceMs);
    return nowMs - since;
  }

  add(tails: readonly SiteTail[], nowMs: number): void {
    for (const { siteId, rows } of tails) {
      const tail = this.#tails.get(siteId);
      if (tail === undefined) this.#tails.set(siteId, { rows, sinceMs: nowMs, notBeforeMs: 0 });
      else tail.rows += rows;
    }
  }

  /** Returns the site whose tail is worth packing most. */
  due(nowMs: number): string | undefined {
    let found: string | undefined;
    let rowsMost = 0;
    for (const [siteId, { rows, sinceMs, notBeforeMs }] of this.#tails) {
      if (nowMs < notBeforeMs) continue;
      const isDue = rows >= ROWS_DUE || nowMs - sinceMs >= AGE_DUE_MS;
      if (isDue && rows > rowsMost) [found, rowsMost] = [siteId, rows];
    }
    return found;
  }

  packed(
    siteId: string,
    { rows, hasMore }: { readonly rows: number; readonly hasMore: boolean },
  ): void {
    const tail = this.#tails.get(siteId);
    if (tail === undefined) return;
    if (hasMore) tail.rows = Math.max(1, tail.rows - rows);
    else this.#tails.delete(siteId);
  }

  postpone(siteId: string, why: "busy" | "failed", nowMs: number): void {
    const tail = this.#tails.get(siteId);
    if (tail !== undefined) tail.notBeforeMs = nowMs + (why === "busy" ? BUSY_MS : FAILED_MS);
  }
}
