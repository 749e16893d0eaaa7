/** What happened in a round, in order, and what must not have happened. */
export class History {
  readonly #startedAtMs = performance.now();
  readonly #lines: string[] = [];
  readonly #failures: string[] = [];
  readonly #onLine: (line: string) => void;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  /** Milliseconds since the round began. */
  get nowMs(): number {
    return performance.now() - this.#startedAtMs;
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  get failures(): readonly string[] {
    return this.#failures;
  }

  tell(what: string): void {
    const line = `${(this.nowMs / 1_000).toFixed(2).padStart(8)} s  ${what}`;
    this.#lines.push(line);
    this.#onLine(line);
  }

  /** Tells of what breaks a promise; the round goes on, to see what else. */
  fail(what: string): void {
    this.#failures.push(what);
    this.tell(`FAILURE: ${what}`);
  }
}
