import { Elysia } from "elysia";
import { EVERY_SITE } from "../../access/access-document.ts";
import type { IngestMetrics } from "../../metrics/ingest-metrics.ts";
import { METRICS_CONTENT_TYPE } from "../../metrics/metrics-json.ts";
import { type AccessParts, admitReader } from "../access/identify.ts";
import { describeErrors } from "../openapi/api-description.ts";
import { strictHandler } from "./strict-handler.ts";

const HEADERS = { "Content-Type": METRICS_CONTENT_TYPE };

const EXAMPLE = `# HELP queueflow_events_accepted_total Events accepted: Redis has them.
# TYPE queueflow_events_accepted_total counter
queueflow_events_accepted_total 1042
`;

export interface MetricsSources extends AccessParts {
  readonly metrics: IngestMetrics;
  readonly readMetrics: () => Promise<string>;
}

export function metricsRoute(sources: MetricsSources) {
  const { readMetrics, metrics } = sources;
  return new Elysia().get(
    "/metrics",
    strictHandler({ path: "/metrics", parameters: {}, metrics }, async (_, request) => {
      await admitReader(request, EVERY_SITE, sources);
      return new Response(await readMetrics(), { headers: HEADERS });
    }),
    {
      detail: {
        summary: "Read the metrics",
        description:
          "The metrics of the whole process in Prometheus's text format. Refuses any parameter. Once reads are closed, it takes a read or admin key of every site.",
        tags: ["health"],
        responses: {
          200: {
            description: "Every metric with its meaning.",
            content: { "text/plain": { example: EXAMPLE } },
          },
          ...describeErrors(["invalid_field", "key_required", "wrong_kind", "wrong_site"]),
        },
      },
    },
  );
}
