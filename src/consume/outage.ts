import { errorText } from "../errors.ts";
import type { Log } from "../log.ts";
import { remedyFor } from "../store/remedy.ts";
import { streamRemedy } from "../stream/stream-remedy.ts";

/**
 * Tells of an outage once when it begins and once when it is over, with what lay between; and once more
 * for each thing that a person must do about it, which is often found out later: a server that was taken
 * away may come back without its tables.
 */
export class Outage {
  readonly #log: Log;
  readonly #sentences: { readonly began: string; readonly ended: string };
  readonly #remediesSaid = new Set<string>();
  #beganAtMs = 0;
  #failures = 0;

  constructor(log: Log, sentences: { began: string; ended: string }) {
    this.#log = log;
    this.#sentences = sentences;
  }

  /** Counts a failure; only the first of an outage, and the first with each remedy, is logged. */
  failed(error: unknown): void {
    this.#failures += 1;
    if (this.#failures === 1) this.#beganAtMs = performance.now();
    const remedy = streamRemedy(error) ?? remedyFor(error);
    if (remedy === undefined) {
      if (this.#failures === 1) this.#log.warn({ error: errorText(error) }, this.#sentences.began);
    } else if (!this.#remediesSaid.has(remedy)) {
      this.#remediesSaid.add(remedy);
      this.#log.error({ error: errorText(error), remedy }, this.#sentences.began);
    }
  }

  /** Ends the outage, when there is one. */
  recovered(): void {
    if (this.#failures === 0) return;
    const outageMs = Math.round(performance.now() - this.#beganAtMs);
    this.#log.info({ failures: this.#failures, outageMs }, this.#sentences.ended);
    this.#failures = 0;
    this.#remediesSaid.clear();
  }
}
