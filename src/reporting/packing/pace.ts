/** A backlog above it is stored first: packing takes time from the consumers, and readers read tails meanwhile. */
const BACKLOG_ENTRIES_MAX = 50_000;
const WAIT_MS_MAX = 10 * 60 * 1_000;
/** A site's tail that questions about it may not read any more. */
const TAIL_ROWS_MAX = 1_000_000;

/** What share of a core packing may take, PostgreSQL's part included. */
export type Pace = "half" | "tenth" | "none";

const RESTS: Readonly<Record<Exclude<Pace, "none">, number>> = { half: 1, tenth: 9 };

/** Decides how fast to pack. */
export class Pacer {
  #aboveSinceMs: number | undefined;

  /** `backlog` is undefined while it cannot be read; `nowMs` is of the monotonic clock. */
  next(backlog: number | undefined, largestTail: number, nowMs: number): Pace {
    if ((backlog ?? 0) <= BACKLOG_ENTRIES_MAX) {
      this.#aboveSinceMs = undefined;
      return "half";
    }
    this.#aboveSinceMs ??= nowMs;
    const hasWaited = nowMs - this.#aboveSinceMs >= WAIT_MS_MAX;
    return hasWaited || largestTail >= TAIL_ROWS_MAX ? "tenth" : "none";
  }
}

/** Returns how long to rest after work that took `tookMs`. */
export function restMs(pace: Exclude<Pace, "none">, tookMs: number): number {
  return RESTS[pace] * tookMs;
}
