import { QueueFlowError, statusOf } from "../errors.ts";
import type { IngestMetrics } from "../metrics/ingest-metrics.ts";
import type { Route } from "../metrics/routes.ts";

/** Counts a request by what its handler answers, or by what the answer to the error that it throws will be. */
export async function counted(
  metrics: IngestMetrics,
  route: Route,
  answer: () => Response | Promise<Response>,
): Promise<Response> {
  const startedAtMs = performance.now();
  try {
    const response = await answer();
    metrics.answered(route, response.status, startedAtMs);
    return response;
  } catch (error) {
    const code = error instanceof QueueFlowError ? error.code : "internal";
    metrics.answered(route, statusOf(code), startedAtMs);
    throw error;
  }
}
