import { Elysia } from "elysia";
import { errorText, QueueFlowError } from "../errors.ts";
import type { HealthReport } from "../health/health-report.ts";
import type { Log } from "../log/log.ts";
import type { IngestMetrics } from "../metrics/ingest-metrics.ts";
import type { Path } from "../metrics/routes.ts";
import type { Producer } from "../stream/producer.ts";
import { counted } from "./counted.ts";
import { errorAnswer, isServerFault } from "./error-answer.ts";
import { requestTarget } from "./request-target.ts";
import { eventRoute } from "./routes/event-route.ts";
import { healthRoute } from "./routes/health-route.ts";
import { metricsRoute } from "./routes/metrics-route.ts";
import { type StatsSources, statsRoute } from "./routes/stats-route.ts";
import { swaggerRoute } from "./routes/swagger-route.ts";

/** The public routes and their methods, for the answers 404 and 405. */
const METHODS_BY_PATH: Readonly<Record<Path, string>> = {
  "/event": "POST, OPTIONS",
  "/stats": "GET, HEAD",
  "/health": "GET, HEAD",
  "/health/live": "GET, HEAD",
  "/health/ready": "GET, HEAD",
  "/metrics": "GET, HEAD",
  "/swagger": "GET, HEAD",
  "/swagger/json": "GET, HEAD",
};

const METHODS: ReadonlyMap<string, string> = new Map(Object.entries(METHODS_BY_PATH));

/** What the server's routes work with. */
export interface AppParts extends StatsSources {
  readonly producer: Producer;
  readonly confirmClock: () => Promise<void>;
  readonly checkReady: () => Promise<void>;
  readonly readHealth: () => Promise<HealthReport>;
  readonly readMetrics: () => Promise<string>;
  readonly metrics: IngestMetrics;
  readonly log: Log;
}

/** Puts the server together; whoever calls it lets it listen. Every answer but metrics and pages is JSON, errors included. */
export function buildApp(parts: AppParts) {
  const { metrics } = parts;
  return new Elysia()
    .onError(async ({ code, error, request }) => {
      if (code === "NOT_FOUND") {
        return await counted(metrics, "other", () => answerUnrouted(request));
      }
      if (isServerFault(error)) parts.log.error({ error: errorText(error) }, "A request failed");
      return errorAnswer(error);
    })
    .use(eventRoute(parts))
    .use(statsRoute(parts))
    .use(healthRoute(parts))
    .use(metricsRoute(parts))
    .use(swaggerRoute(metrics));
}

function answerUnrouted(request: Request): Response {
  const { path } = requestTarget(request);
  // The router takes a path with a slash at its end for the same.
  const methods = METHODS.get(path) ?? METHODS.get(path.replace(/\/$/, ""));
  if (methods === undefined) {
    const known = [...METHODS.keys()].join(", ");
    return errorAnswer(new QueueFlowError("not_found", `Expected a path out of ${known}`));
  }
  const message = `Expected ${path} with ${methods}, got ${request.method}`;
  return errorAnswer(new QueueFlowError("method_not_allowed", message), {
    headers: { Allow: methods },
  });
}
