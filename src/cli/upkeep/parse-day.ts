import { InvalidArgumentError } from "commander";
import { QueueFlowError } from "../../errors.ts";

/** Reads a UTC day, `YYYY-MM-DD`. */
export function parseDay(value: string): string {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(value) ? Date.parse(`${value}T00:00:00.000Z`) : Number.NaN;
  const exists = !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(value);
  if (exists && !value.startsWith("0000")) return value;
  throw new InvalidArgumentError("Expected an existing day as YYYY-MM-DD.");
}

/**
 * @throws QueueFlowError `invalid_usage` when a range ends before it begins.
 */
export function checkDayOrder(from: string | undefined, to: string | undefined): void {
  if (from === undefined || to === undefined || from <= to) return;
  throw new QueueFlowError(
    "invalid_usage",
    `Expected --from to be no later than --to, got ${from} and ${to}`,
  );
}
