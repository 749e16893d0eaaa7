import type { Backlog } from "../stream/inspect/read-backlog.ts";

/** A longer interval between two observations means that the process was suspended. */
const INTERVAL_MS_MAX = 5_000;

/** Measures how long no process finished an entry: one that only ingests learns of no commit. */
export class BacklogWatch {
  #finished: string | undefined;
  #observedAtMs: number | undefined;
  #stillForMs = 0;
  #oldestId: string | undefined;
  #oldestForMs = 0;

  /** 0 without a backlog. */
  get stillForMs(): number {
    return this.#stillForMs;
  }

  /** Raises the age of the oldest entry to the time it was observed, when its id says less. In whole milliseconds, as responses promise. */
  aged(backlog: Backlog): Backlog {
    return { ...backlog, lagMs: Math.round(Math.max(backlog.lagMs, this.#oldestForMs)) };
  }

  /** `backlog` is undefined while Redis is away. */
  observe(backlog: Backlog | undefined, nowMs: number): void {
    const passedMs = Math.min(nowMs - (this.#observedAtMs ?? nowMs), INTERVAL_MS_MAX);
    this.#observedAtMs = nowMs;
    if (backlog === undefined) return;
    const isStill = backlog.entries > 0 && backlog.finished === this.#finished;
    this.#stillForMs = isStill ? this.#stillForMs + passedMs : 0;
    this.#finished = backlog.finished;
    const isSameOldest = backlog.oldestId !== undefined && backlog.oldestId === this.#oldestId;
    this.#oldestForMs = isSameOldest ? this.#oldestForMs + passedMs : 0;
    this.#oldestId = backlog.oldestId;
  }
}
