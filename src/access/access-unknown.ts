import { QueueFlowError } from "../errors.ts";

/** The refusal while it is not known which keys exist: nothing is open then. */
export function accessUnknown(): QueueFlowError {
  return new QueueFlowError(
    "access_unknown",
    "The server does not know yet which keys exist: Redis or PostgreSQL has not told it since it started",
  );
}
