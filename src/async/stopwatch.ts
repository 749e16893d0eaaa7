/** The monotonic clock stands still while the machine is suspended, and the wall clock can be set back. */
export class Stopwatch {
  readonly #startedAtMs = performance.now();
  readonly #startedAtWallMs = Date.now();

  get elapsedMs(): number {
    return Math.max(performance.now() - this.#startedAtMs, Date.now() - this.#startedAtWallMs);
  }
}
