import { constants } from "node:os";

const STOP_SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;
/** A shell's convention for "ended by a signal": this and the signal's number. */
const EXIT_CODE_BASE = 128;

/**
 * One Ctrl-C arrives twice when `bun run` is in between: from the terminal, and passed on. What comes this
 * soon after the first is then the same request, in milliseconds.
 */
const PASSED_ON_MS = 200;

/**
 * Turns the first SIGTERM, SIGINT or SIGHUP (its terminal was closed) into a request to stop; a second
 * one ends the process at once. Signals reach the main thread only, so this is the one place that listens.
 */
export class StopSignals {
  readonly #requested = new AbortController();
  #requestedAtMs = 0;

  constructor(options: { readonly passedOnByParent: boolean }) {
    const sameRequestMs = options.passedOnByParent ? PASSED_ON_MS : 0;
    for (const name of STOP_SIGNALS) {
      process.on(name, () => {
        if (!this.#requested.signal.aborted) this.request();
        else if (performance.now() - this.#requestedAtMs >= sameRequestMs) {
          process.exit(EXIT_CODE_BASE + constants.signals[name]);
        }
      });
    }
  }

  /** Requests a stop as the first signal does. */
  request(): void {
    this.#requestedAtMs = performance.now();
    this.#requested.abort();
  }

  /** Aborts when a stop is requested. */
  get signal(): AbortSignal {
    return this.#requested.signal;
  }
}
