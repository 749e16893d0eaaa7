import { EXPORT_STEP_MS_MAX, QUERY_MS_MAX } from "./limits.ts";
import type { Question } from "./messages.ts";

/** Returns how long a report thread may work on a question. */
export function workMsMax({ kind }: Question): number {
  return kind === "export" ? EXPORT_STEP_MS_MAX : QUERY_MS_MAX;
}
