import type { Freshness } from "../../../reporting/questions/messages.ts";
import type { Backlog } from "../../../stream/inspect/read-backlog.ts";

/** Call it before the question, so that its numbers include every entry that is not pending. Never rejects. */
export async function freshnessOf(
  readBacklog: () => Promise<Backlog>,
): Promise<Freshness | undefined> {
  try {
    const { entries, lagMs } = await readBacklog();
    return { pending: entries, lagMs };
  } catch {
    // The numbers do not need Redis, whose connection reports the failure.
    return undefined;
  }
}
