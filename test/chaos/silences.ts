/** Remembers since when nothing keeps an engine from answering. */
export class Silences {
  readonly #reasons = new Set<string>();
  #overSinceMs = 0;

  /** Since when there is no reason, on the clock of `performance.now()`; infinity while there is one. */
  get overSinceMs(): number {
    return this.#reasons.size > 0 ? Number.POSITIVE_INFINITY : this.#overSinceMs;
  }

  begin(reason: string): void {
    this.#reasons.add(reason);
  }

  end(reason: string): void {
    if (this.#reasons.delete(reason)) this.#overSinceMs = performance.now();
  }
}
