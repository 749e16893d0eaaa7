/** The events of a round in order, and the failures among them. */
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

  note(what: string): void {
    const line = `${(this.nowMs / 1_000).toFixed(2).padStart(8)} s  ${what}`;
    this.#lines.push(line);
    this.#onLine(line);
  }

  /** Records a broken promise. The round continues, to find others. */
  fail(what: string): void {
    this.#failures.push(what);
    this.note(`FAILURE: ${what}`);
  }
}
