import { QueueFlowError } from "../errors.ts";
import { isDatabaseError } from "../store/database-error.ts";

/**
 * Whether an error is a defect of this program and none of Redis, PostgreSQL or the ways to them. It may
 * come with one entry only, and repeating the batch would repeat it for ever: it ends the thread, and then
 * the entry is found as any other that ends threads.
 */
export function isDefect(error: unknown): boolean {
  return !(error instanceof QueueFlowError) && !isDatabaseError(error);
}
