import { QueueFlowError } from "../errors.ts";
import { policyOf } from "./sql-states.ts";

/** Codes of the driver for defects of this program. */
const MISUSES: ReadonlySet<string> = new Set([
  "COPY_IN_PROGRESS",
  "MAX_PARAMETERS_EXCEEDED",
  "NOT_TAGGED_CALL",
  "UNDEFINED_VALUE",
  "UNSAFE_TRANSACTION",
]);

const BUN_CODES = "ERR_POSTGRES_";

/** The outcome of the work is unknown. */
export class MissedDeadline extends QueueFlowError {
  constructor(deadlineMs: number) {
    super("database_unavailable", `PostgreSQL did not answer in ${deadlineMs} ms`);
  }
}

export function isMissedDeadline(error: unknown): boolean {
  return error instanceof MissedDeadline;
}

/** Returns whether a statement took too long or too much memory. */
export function isOverload(error: unknown): boolean {
  return policyOf(sqlState(error) ?? "") === "split";
}

/** Returns whether the content is at fault, so that retrying cannot help. */
export function isPermanent(error: unknown): boolean {
  return policyOf(sqlState(error) ?? "") === "reject";
}

/** Returns whether the server, the socket or the driver failed. Other errors are defects of this program. */
export function isDatabaseError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isDatabaseError);
  if (error.name === "PostgresError") return true;
  if (error instanceof TypeError || error instanceof RangeError) return false;
  return "code" in error && typeof error.code === "string" && !MISUSES.has(error.code);
}

export function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name !== "PostgresError") return undefined;
  // Bun's driver has a code of its own.
  if ("errno" in error && typeof error.errno === "string") return error.errno;
  if (!("code" in error) || typeof error.code !== "string") return undefined;
  return error.code.startsWith(BUN_CODES) ? undefined : error.code;
}

/** Returns the failed statement without its values. */
export function statementOf(error: unknown): string | undefined {
  if (sqlState(error) === undefined || !(error instanceof Error)) return undefined;
  if (!("query" in error) || typeof error.query !== "string") return undefined;
  return error.query.replaceAll(/\s+/g, " ").trim();
}
