import type { Log } from "../log.ts";

/** At most one record in this time, in milliseconds. */
const INTERVAL_MS = 10_000;

/**
 * Logs what happens once as an error, and what happens again soon after as one record with the count: a
 * program that writes nothing but broken entries would otherwise fill the log, a record a batch.
 */
export class Tally {
  readonly #log: Log;
  readonly #sentence: string;
  readonly #intervalMs: number;
  #entries = 0;
  #rest: Timer | undefined;

  constructor(log: Log, sentence: string, intervalMs: number = INTERVAL_MS) {
    this.#log = log;
    this.#sentence = sentence;
    this.#intervalMs = intervalMs;
  }

  /** Counts entries; they are logged now or, after a record within the interval, when that is over. */
  add(entries: number): void {
    this.#entries += entries;
    if (this.#rest === undefined) this.#say();
  }

  #say(): void {
    this.#log.error({ entries: this.#entries }, this.#sentence);
    this.#entries = 0;
    this.#rest = setTimeout(() => {
      this.#rest = undefined;
      if (this.#entries > 0) this.#say();
    }, this.#intervalMs);
    this.#rest.unref();
  }
}
