import { errorText } from "../errors.ts";
import { Condition } from "./condition.ts";
import type { Log, LogFields } from "./log.ts";

export interface OutageOptions {
  readonly began: string;
  readonly ended: string;
  /** Which of several, if there are several. */
  readonly of?: LogFields;
  /** What an operator must do; undefined when the failure may pass by itself. */
  readonly remedyOf: (error: unknown) => string | undefined;
}

/** Warns when calls to a server begin to fail, and reports each remedy as an error: it may show only later. */
export class Outage {
  readonly #condition: Condition;
  readonly #options: OutageOptions;

  constructor(log: Log, options: OutageOptions) {
    this.#condition = new Condition(log, options.ended);
    this.#options = options;
  }

  failed(error: unknown): void {
    const { began: message, remedyOf } = this.#options;
    const remedy = remedyOf(error);
    const fields = { ...this.#options.of, error: errorText(error) };
    this.#condition.fail(
      remedy === undefined
        ? { level: "warn", message, fields }
        : { level: "error", message, fields: { ...fields, remedy }, cause: remedy },
    );
  }

  recovered(): void {
    this.#condition.recover(this.#options.of);
  }
}
