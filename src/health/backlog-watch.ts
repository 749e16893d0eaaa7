import type { Backlog } from "../stream/inspect/read-backlog.ts";

/**
 * Two looks further apart count as this far apart, in milliseconds: the process may have been suspended
 * in between, and its consumers with it.
 */
const BETWEEN_LOOKS_MS_MAX = 5_000;

/**
 * Tells for how long entries have waited with none of them finished, by any consumer of any process:
 * by what looks at the group see, since a process that only ingests hears of no commit.
 */
export class BacklogWatch {
  #finished: string | undefined;
  #lookedAtMs: number | undefined;
  #stillForMs = 0;
  #oldestId: string | undefined;
  #oldestForMs = 0;

  /** How long nothing has moved, in milliseconds; 0 when nothing waits, or nothing did at the first look. */
  get stillForMs(): number {
    return this.#stillForMs;
  }

  /** The backlog that was taken last, its oldest entry at least as old as it has been seen to wait: its id may not tell. */
  aged(backlog: Backlog): Backlog {
    return { ...backlog, lagMs: Math.max(backlog.lagMs, this.#oldestForMs) };
  }

  /** Takes what a look at `nowMs` saw; a look at a Redis that is away, `undefined`, says nothing. */
  look(backlog: Backlog | undefined, nowMs: number): void {
    const passedMs = Math.min(nowMs - (this.#lookedAtMs ?? nowMs), BETWEEN_LOOKS_MS_MAX);
    this.#lookedAtMs = nowMs;
    if (backlog === undefined) return;
    const isStill = backlog.entries > 0 && backlog.finished === this.#finished;
    this.#stillForMs = isStill ? this.#stillForMs + passedMs : 0;
    this.#finished = backlog.finished;
    const isSameOldest = backlog.oldestId !== undefined && backlog.oldestId === this.#oldestId;
    this.#oldestForMs = isSameOldest ? this.#oldestForMs + passedMs : 0;
    this.#oldestId = backlog.oldestId;
  }
}
