import { errorText } from "../errors.ts";
import { Condition } from "./condition.ts";
import type { Log } from "./log.ts";

/** Messages of an outage, and how to find the remedy for an error. */
export interface OutageOptions {
  readonly began: string;
  readonly ended: string;
  /** Returns what an operator must do, or undefined if the failure may pass by itself. */
  readonly remedyOf: (error: unknown) => string | undefined;
}

/**
 * Failing calls to one server. Logged as a warning when they begin, and as an error once for each remedy, which may show
 * only later: a server that was away may come back without its tables.
 */
export class Outage {
  readonly #condition: Condition;
  readonly #options: OutageOptions;

  constructor(log: Log, options: OutageOptions) {
    this.#condition = new Condition(log, options.ended);
    this.#options = options;
  }

  /** Reports a failed call. */
  failed(error: unknown): void {
    const { began: message, remedyOf } = this.#options;
    const remedy = remedyOf(error);
    const fields = { error: errorText(error) };
    this.#condition.fail(
      remedy === undefined
        ? { level: "warn", message, fields }
        : { level: "error", message, fields: { ...fields, remedy }, cause: remedy },
    );
  }

  /** Reports a call that succeeded. */
  recovered(): void {
    this.#condition.recover();
  }
}
