import { QueueFlowError } from "../errors.ts";
import { isDatabaseError } from "../store/database-error.ts";

/**
 * Whether an error is a defect of this program and not a failure of Redis, PostgreSQL or the network. One entry may cause it,
 * and retrying would repeat it forever. It ends the thread instead, and the entry is found like any other that crashes threads.
 */
export function isDefect(error: unknown): boolean {
  return !(error instanceof QueueFlowError) && !isDatabaseError(error);
}
