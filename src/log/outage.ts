import { errorText } from "../errors.ts";
import type { Log } from "./log.ts";

/** Log messages of an outage, and the way to find what a person must do about a failure. */
export interface OutageOptions {
  readonly began: string;
  readonly ended: string;
  /** Returns what an operator must do, or undefined when the failure may pass by itself. */
  readonly remedyOf: (error: unknown) => string | undefined;
}

/**
 * Tells of an outage once when it begins and once when it is over, with what lay between; and once more
 * for each thing that a person must do about it, which is often found out later: a server that was taken
 * away may come back without its tables.
 */
export class Outage {
  readonly #log: Log;
  readonly #options: OutageOptions;
  readonly #remediesSaid = new Set<string>();
  #beganAtMs = 0;
  #failures = 0;

  constructor(log: Log, options: OutageOptions) {
    this.#log = log;
    this.#options = options;
  }

  /** Counts a failure; only the first of an outage, and the first with each remedy, is logged. */
  failed(error: unknown): void {
    this.#failures += 1;
    if (this.#failures === 1) this.#beganAtMs = performance.now();
    const remedy = this.#options.remedyOf(error);
    if (remedy === undefined) {
      if (this.#failures === 1) this.#log.warn({ error: errorText(error) }, this.#options.began);
    } else if (!this.#remediesSaid.has(remedy)) {
      this.#remediesSaid.add(remedy);
      this.#log.error({ error: errorText(error), remedy }, this.#options.began);
    }
  }

  /** Ends the outage, when there is one. */
  recovered(): void {
    if (this.#failures === 0) return;
    const outageMs = Math.round(performance.now() - this.#beganAtMs);
    this.#log.info({ failures: this.#failures, outageMs }, this.#options.ended);
    this.#failures = 0;
    this.#remediesSaid.clear();
  }
}
