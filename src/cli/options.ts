import { InvalidArgumentError } from "commander";
import { QueueFlowError } from "../errors.ts";
import { SITE_ID_BYTES_MAX } from "../event/limits.ts";
import { textProblem } from "../event/text-field.ts";

/** Lists show this many rows unless `--limit` is given. */
export const ROWS_LISTED = 20;
const ROWS_LISTED_MAX = 10_000;

export function parseSiteId(value: string): string {
  const problem = textProblem("the site", value, SITE_ID_BYTES_MAX);
  if (problem !== undefined) throw new InvalidArgumentError(`${problem}.`);
  return value;
}

/** Parses a UTC day, `YYYY-MM-DD`. */
export function parseDay(value: string): string {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(value) ? Date.parse(`${value}T00:00:00.000Z`) : Number.NaN;
  const exists = !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(value);
  if (exists && !value.startsWith("0000")) return value;
  throw new InvalidArgumentError("Expected an existing day as YYYY-MM-DD.");
}

/** @throws QueueFlowError `invalid_usage` when `--from` is later than `--to`. */
export function checkDayOrder(from: string | undefined, to: string | undefined): void {
  if (from === undefined || to === undefined || from <= to) return;
  const message = `Expected --from to be no later than --to, got ${from} and ${to}`;
  throw new QueueFlowError("invalid_usage", message);
}

export const parseLimit = integerParser("a number", ROWS_LISTED_MAX);

/** Returns a parser of integers from 1 to `max`, at most 99,999. */
export function integerParser(what: string, max: number): (value: string) => number {
  return (value) => {
    const number = /^\d{1,5}$/.test(value) ? Number(value) : 0;
    if (number >= 1 && number <= max) return number;
    throw new InvalidArgumentError(`Expected ${what} from 1 to ${max}.`);
  };
}
