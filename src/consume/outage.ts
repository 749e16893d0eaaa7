import { errorText } from "../errors.ts";
import type { Log } from "../log.ts";

/** Tells of an outage once when it begins and once when it is over, with what lay between. */
export class Outage {
  readonly #log: Log;
  readonly #sentences: { readonly began: string; readonly ended: string };
  #beganAtMs = 0;
  #failures = 0;

  constructor(log: Log, sentences: { began: string; ended: string }) {
    this.#log = log;
    this.#sentences = sentences;
  }

  /** Counts a failure; only the first of an outage is logged. */
  failed(error: unknown): void {
    this.#failures += 1;
    if (this.#failures > 1) return;
    this.#beganAtMs = performance.now();
    this.#log.warn({ error: errorText(error) }, this.#sentences.began);
  }

  /** Ends the outage, when there is one. */
  recovered(): void {
    if (this.#failures === 0) return;
    const outageMs = Math.round(performance.now() - this.#beganAtMs);
    this.#log.info({ failures: this.#failures, outageMs }, this.#sentences.ended);
    this.#failures = 0;
  }
}
