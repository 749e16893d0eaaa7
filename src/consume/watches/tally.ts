/** At most one report in this time, in milliseconds. */
const INTERVAL_MS = 10_000;

/**
 * Reports the first of what is counted at once, and what comes within the interval after it as one sum: a program that
 * writes nothing but broken entries would otherwise fill the log, a record a batch.
 */
export class Tally {
  readonly #report: (entries: number) => void;
  readonly #intervalMs: number;
  #entries = 0;
  #rest: Timer | undefined;

  constructor(report: (entries: number) => void, intervalMs: number = INTERVAL_MS) {
    this.#report = report;
    this.#intervalMs = intervalMs;
  }

  /** Counts entries; they are reported now or, after a report within the interval, when that is over. */
  add(entries: number): void {
    this.#entries += entries;
    if (this.#rest === undefined) this.#say();
  }

  /** Reports now what waits for the interval to be over. */
  flush(): void {
    if (this.#entries > 0) this.#say();
  }

  #say(): void {
    clearTimeout(this.#rest);
    this.#report(this.#entries);
    this.#entries = 0;
    this.#rest = setTimeout(() => {
      this.#rest = undefined;
      if (this.#entries > 0) this.#say();
    }, this.#intervalMs);
    this.#rest.unref();
  }
}
