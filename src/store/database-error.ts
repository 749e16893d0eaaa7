import { QueueFlowError } from "../errors.ts";

/**
 * SQLSTATE classes and codes (PostgreSQL manual, appendix A) that say: this content can never be
 * stored. 21000 a row twice in one upsert, 22 data exception, 23 integrity violation, 54 limit exceeded.
 */
const PERMANENT = /^(21000|22...|23...|54...)$/;

/**
 * Codes of those classes that tell of the tables and not of an event, and would come for each: 2200H and
 * 23505 a sequence that has ended or is behind its table, as after a failover to a logical replica, since
 * the engine's own keys are never inserted twice; 23502 a column that the engine does not know of, since
 * it leaves none of its own empty.
 */
const OF_THE_TABLES: ReadonlySet<string> = new Set(["2200H", "23502", "23505"]);

/** Codes of the driver for calls that no server could answer. */
const MISUSES: ReadonlySet<string> = new Set([
  "COPY_IN_PROGRESS",
  "MAX_PARAMETERS_EXCEEDED",
  "NOT_TAGGED_CALL",
  "UNDEFINED_VALUE",
  "UNSAFE_TRANSACTION",
]);

/**
 * Codes that PostgreSQL ends a statement with which takes too long or too much: 57014 statement_timeout, 25P04
 * transaction_timeout, 53200 out of memory, 53400 a limit such as temp_file_limit.
 */
const OVERLOADS: ReadonlySet<string> = new Set(["25P04", "53200", "53400", "57014"]);

/** A deadline of this program passed; what came of the work is unknown. */
export class MissedDeadline extends QueueFlowError {
  constructor(deadlineMs: number) {
    super("database_unavailable", `PostgreSQL did not answer in ${deadlineMs} ms`);
  }
}

/** Returns whether the work missed a deadline of this program. */
export function isMissedDeadline(error: unknown): boolean {
  return error instanceof MissedDeadline;
}

/** Returns whether PostgreSQL ended a statement because it took too long or too much. A wait for a lock has another code. */
export function isOverload(error: unknown): boolean {
  return OVERLOADS.has(sqlState(error) ?? "");
}

/** Returns the text of the statement that PostgreSQL sent an error for, without its values; undefined for other errors. */
export function statementOf(error: unknown): string | undefined {
  if (sqlState(error) === undefined || !(error instanceof Error)) return undefined;
  if (!("query" in error) || typeof error.query !== "string") return undefined;
  return error.query.replaceAll(/\s+/g, " ").trim();
}

/**
 * Whether the failure lies in what was to be stored, so that repeating it cannot help. All else is
 * transient: server away (08, 57P), out of resources (53), deadlock and serialization (40), lock and statement
 * timeouts (55P03, 57014), read-only (25006), a missing table (42P01), socket errors, deadlines.
 */
export function isPermanent(error: unknown): boolean {
  const code = sqlState(error);
  return code !== undefined && PERMANENT.test(code) && !OF_THE_TABLES.has(code);
}

/**
 * Whether PostgreSQL or the way to it failed: an error that it sent, one of the socket or of the driver,
 * which carry a code, or a deadline. Anything else is a defect of this program.
 */
export function isDatabaseError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isDatabaseError);
  if (error.name === "PostgresError") return true;
  if (error instanceof TypeError || error instanceof RangeError) return false;
  return "code" in error && typeof error.code === "string" && !MISUSES.has(error.code);
}

/** The SQLSTATE of an error that PostgreSQL sent, or `undefined` when it came from elsewhere. */
export function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name !== "PostgresError") return undefined;
  return "code" in error && typeof error.code === "string" ? error.code : undefined;
}
