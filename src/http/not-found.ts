import { QueueFlowError } from "../errors.ts";

/** @param served by the listener. */
export function notFound(served: readonly string[]): QueueFlowError {
  const paths = served.filter((path) => path !== "/").join(", ");
  return new QueueFlowError("not_found", `Expected one of the paths ${paths}`);
}
