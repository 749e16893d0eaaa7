import { QueueFlowError } from "../errors.ts";

export type ExclusionRule = "address" | "hostname" | "path" | "country";

/** An event that its site leaves out. */
export class ExcludedError extends QueueFlowError {
  readonly rule: ExclusionRule;

  constructor(rule: ExclusionRule, message: string) {
    super("excluded", message);
    this.rule = rule;
  }
}
