import { QueueFlowError } from "../../errors.ts";
import { isOverload } from "../../store/database-error.ts";

/** Returns why an export ends at a day: its response has begun, and cannot name the day any more. */
export function incompleteDay(date: string, count: number): QueueFlowError {
  return new QueueFlowError(
    "chunk_damaged",
    `Expected all events of ${date}, found ${count}: chunks are lost, and raw rows were pruned. \`queueflow verify\` says how many are missing; export the days before and after it by date_range`,
  );
}

/** Returns the error that reading a day's ids failed with, which says so where PostgreSQL took too long. */
export function unreadableIds(date: string, error: unknown): unknown {
  if (!isOverload(error)) return error;
  return new QueueFlowError(
    "database_unavailable",
    `PostgreSQL did not sort the event_ids of ${date} within 5 s: it has too much to do, or the day more events than it can sort. Once the day's raw rows are pruned, they come from reports' own copy`,
    { cause: error },
  );
}
