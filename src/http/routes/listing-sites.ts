import { QueueFlowError } from "../../errors.ts";
import { isDatabaseError } from "../../store/database-error.ts";

/** Returns what `read` does. @throws QueueFlowError `database_unavailable` when PostgreSQL fails. */
export async function listingSites<Result>(read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof QueueFlowError || !isDatabaseError(error)) throw error;
    const sentence = "PostgreSQL could not list the sites";
    throw new QueueFlowError("database_unavailable", sentence, { cause: error });
  }
}
