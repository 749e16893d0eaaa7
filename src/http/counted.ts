import { asQueueFlowError } from "../errors.ts";
import type { IngestMetrics } from "../metrics/ingest-metrics.ts";
import type { Route } from "../metrics/routes.ts";

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
    metrics.answered(route, asQueueFlowError(error).status, startedAtMs);
    throw error;
  }
}
