import { constants } from "node:os";

const STOP_SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;
/** A shell's convention for "ended by a signal": this and the signal's number. */
const EXIT_CODE_BASE = 128;

/**
 * Turns the first SIGTERM, SIGINT or SIGHUP (its terminal was closed) into a request to stop; a second
 * one ends the process at once. Signals reach the main thread only, so this is the one place that listens.
 */
export class StopSignals {
  readonly #requested = new AbortController();

  constructor() {
    for (const name of STOP_SIGNALS) {
      process.on(name, () => {
        if (this.#requested.signal.aborted) process.exit(EXIT_CODE_BASE + constants.signals[name]);
        this.request();
      });
    }
  }

  /** Requests a stop as the first signal does. */
  request(): void {
    this.#requested.abort();
  }

  /** Aborts when a stop is requested. */
  get signal(): AbortSignal {
    return this.#requested.signal;
  }
}
