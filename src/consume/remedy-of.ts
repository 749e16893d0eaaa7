import { remedyFor } from "../store/remedy.ts";
import { streamRemedy } from "../stream/inspect/stream-remedy.ts";

/** Returns what an operator must do about a failure of Redis or PostgreSQL, or undefined when it may pass by itself. */
export function remedyOf(error: unknown): string | undefined {
  return streamRemedy(error) ?? remedyFor(error);
}
