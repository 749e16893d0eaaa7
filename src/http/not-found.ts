import { QueueFlowError } from "../errors.ts";
import { PATHS } from "../metrics/routes.ts";

const API_PATHS = PATHS.filter((path) => path !== "/").join(", ");

export function notFound(): QueueFlowError {
  return new QueueFlowError("not_found", `Expected one of the paths ${API_PATHS}`);
}
