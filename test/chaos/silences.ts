/** Records the time since which no fault prevents an engine from responding. */
export class Silences {
  readonly #reasons = new Set<string>();
  #overSinceMs = 0;

  /** Time of `performance.now()`; infinite while a fault lasts. */
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
