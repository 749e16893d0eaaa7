import { QueueFlowError } from "../errors.ts";
import type { Database } from "../store/database.ts";
import { isDatabaseError, isMissedDeadline, isOverload } from "../store/database-error.ts";
import { probe } from "../store/inspect/probe.ts";
import { remedyFor } from "../store/remedy.ts";
import { streamRemedy } from "../stream/inspect/stream-remedy.ts";

/** Returns what an operator must do about a failure of Redis or PostgreSQL, or undefined when it may pass by itself. */
export function remedyOf(error: unknown): string | undefined {
  return streamRemedy(error) ?? remedyFor(error);
}

/**
 * Whether an error is a defect of this program and not a failure of Redis, PostgreSQL or the network. One entry may cause it,
 * and retrying would repeat it forever. It ends the thread instead, and the entry is found like any other that crashes threads.
 */
export function isDefect(error: unknown): boolean {
  return !(error instanceof QueueFlowError) && !isDatabaseError(error);
}

/** Whether Redis did not execute a command, or may not have. */
export function isStreamUnavailable(error: unknown): boolean {
  return error instanceof QueueFlowError && error.code === "stream_unavailable";
}

/**
 * Whether a batch failed because it holds too many entries: PostgreSQL cancelled a statement or transaction, or lacked memory
 * for it. A deadline of this program may also pass because the server or the network hangs, and a smaller batch would not
 * help; then a probe fails, too. Waits for locks fail with other errors.
 */
export async function isTooLarge(database: Database, error: unknown): Promise<boolean> {
  if (isOverload(error)) return true;
  return isMissedDeadline(error) && (await responds(database));
}

async function responds(database: Database): Promise<boolean> {
  try {
    await probe(database);
    return true;
  } catch {
    return false;
  }
}
