import { QueueFlowError } from "../../errors.ts";
import { isOverload } from "../../store/database-error.ts";

/** Returns why an export ends at a day: its response has begun, and cannot name the day any more. */
export function incompleteDay(date: string, count: number): QueueFlowError {
  return new QueueFlowError(
    "chunk_damaged",
    `Expected all events of ${date}, found ${count}: chunks are lost, and raw rows were pruned. \`queueflow verify\` says how many are missing; export the days before and after it by date_range`,
  );
}

/** Returns the error that reading a day's ids failed with, or that the day is too large: asking again would not help. */
export function unreadableIds(date: string, error: unknown): unknown {
  if (!isOverload(error)) return error;
  return new QueueFlowError(
    "query_too_large",
    `Expected a day whose event_ids PostgreSQL sorts within 5 s, got ${date}, which has too many events: once its raw rows are pruned, it is exported from reports' own copy`,
    { cause: error },
  );
}
