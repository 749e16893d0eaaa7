import { constants } from "node:os";

/** SIGHUP comes when the terminal is closed. */
const STOP_SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;
const EXIT_CODE_BASE = 128;
/** Under `bun run`, Ctrl-C arrives twice, from the terminal and passed on. Within this time it counts once. */
const PASSED_ON_MS = 200;

/** The first stop signal requests a stop; a second one ends the process at once. Only the main thread gets signals. */
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

  request(): void {
    this.#requestedAtMs = performance.now();
    this.#requested.abort();
  }

  get signal(): AbortSignal {
    return this.#requested.signal;
  }
}
