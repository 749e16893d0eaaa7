import { QueueFlowError } from "../errors.ts";
import type { Database } from "../store/database.ts";
import { isDatabaseError, isMissedDeadline, isOverload } from "../store/database-error.ts";
import { probe } from "../store/inspect/probe-database.ts";
import { remedyFor } from "../store/remedy.ts";
import { streamRemedy } from "../stream/inspect/stream-remedy.ts";

/** Returns what an operator must do, if anything. */
export function remedyOf(error: unknown): string | undefined {
  return streamRemedy(error) ?? remedyFor(error);
}

/** A defect of this program ends the thread, so that a trial finds the entry that causes it. */
export function isDefect(error: unknown): boolean {
  return !(error instanceof QueueFlowError) && !isDatabaseError(error);
}

export function isStreamUnavailable(error: unknown): boolean {
  return error instanceof QueueFlowError && error.code === "stream_unavailable";
}

/** Whether PostgreSQL failed a batch for its size. When a deadline passes because the server hangs, a probe fails, too. */
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
