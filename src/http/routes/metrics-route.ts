import { Elysia } from "elysia";
import { METRICS_CONTENT_TYPE } from "../../metrics/aggregate.ts";
import type { IngestMetrics } from "../../metrics/ingest-metrics.ts";
import { describeErrors } from "../openapi/api-description.ts";
import { strictHandler } from "./strict-handler.ts";

const HEADERS = { "Content-Type": METRICS_CONTENT_TYPE };

const EXAMPLE = `# HELP queueflow_events_accepted_total Events answered with 202: Redis has them.
# TYPE queueflow_events_accepted_total counter
queueflow_events_accepted_total 1042
`;

/** Who knows what all threads have counted. */
export interface MetricsSources {
  readonly metrics: IngestMetrics;
  readonly readMetrics: () => Promise<string>;
}

/** `GET /metrics`: what all threads of the process have counted and how its parts are, as Prometheus reads it. */
export function metricsRoute({ readMetrics, metrics }: MetricsSources) {
  return new Elysia().get(
    "/metrics",
    strictHandler({ path: "/metrics", parameters: {}, metrics }, async () => {
      return new Response(await readMetrics(), { headers: HEADERS });
    }),
    {
      detail: {
        summary: "What has it counted?",
        description:
          "The metrics of the whole process in Prometheus's text format, whichever thread answers. It has no parameters, and refuses any.",
        tags: ["health"],
        responses: {
          200: {
            description: "Every metric, with what it means.",
            content: { "text/plain": { example: EXAMPLE } },
          },
          ...describeErrors(["invalid_field"]),
        },
      },
    },
  );
}
