import type { Log, LogFields } from "./log.ts";

export interface Problem {
  readonly level: "warn" | "error";
  readonly message: string;
  readonly fields: LogFields;
  /** Each new cause is logged; without one, only the beginning is. */
  readonly cause?: string | undefined;
}

/** A failure that lasts over many calls. Logs its beginning, each new cause, and its end. */
export class Condition {
  readonly #log: Log;
  readonly #endMessage: string;
  readonly #loggedCauses = new Set<string>();
  #state: string | undefined;
  #failures = 0;
  #beganAtMs = 0;

  constructor(log: Log, endMessage: string) {
    this.#log = log;
    this.#endMessage = endMessage;
  }

  fail({ level, message, fields, cause }: Problem): void {
    this.#failures += 1;
    const isFirst = this.#failures === 1;
    if (isFirst) this.#beganAtMs = performance.now();
    const isNew = cause === undefined ? isFirst : !this.#loggedCauses.has(cause);
    if (cause !== undefined) this.#loggedCauses.add(cause);
    if (isNew) this.#log[level](fields, message);
  }

  /** As `fail`, but logs each change of state, also back to an earlier one. */
  change(problem: Problem): void {
    const state = problem.cause ?? problem.message;
    if (state !== this.#state) this.#loggedCauses.clear();
    this.#state = state;
    this.fail({ ...problem, cause: state });
  }

  recover(fields: LogFields = {}): void {
    if (this.#failures === 0) return;
    const outageMs = Math.round(performance.now() - this.#beganAtMs);
    this.#log.info({ ...fields, failures: this.#failures, outageMs }, this.#endMessage);
    this.#failures = 0;
    this.#loggedCauses.clear();
  }
}
