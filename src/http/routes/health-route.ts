import { Elysia } from "elysia";
import { QueueFlowError } from "../../errors.ts";
import type { HealthReport } from "../../health/health-report.ts";
import type { IngestMetrics } from "../../metrics/ingest-metrics.ts";
import { STALLED_AFTER_MS } from "../../stream/inspect/read-backlog.ts";
import { counted } from "../counted.ts";
import { errorResponse } from "../error-response.ts";
import { describeAnswers } from "../openapi/api-description.ts";

export interface HealthSources {
  /** Rejects when no event can be accepted now. */
  readonly checkReady: () => Promise<void>;
  readonly readHealth: () => Promise<HealthReport>;
  readonly metrics: IngestMetrics;
}

const EXAMPLE: HealthReport = {
  status: "ok",
  degraded_by: [],
  redis: {
    up: true,
    settings: { appendonly: "yes", appendfsync: "always", "maxmemory-policy": "noeviction" },
  },
  postgres: { up: true },
  clock: { offset_ms: -2 },
  stream: { length: 1_012, backlog_entries: 12, oldest_age_ms: 48, ids_ahead_ms: 0 },
  ingest: { ready: true, error: null, threads: [exampleThread("ingest-1", null)] },
  consumers: [exampleThread("consumer-1", "2026-01-15T09:30:00.042Z")],
  reclaimer: exampleThread("reclaimer", null),
  dead_letters: 0,
  losses: { entries: 0, since: null },
  restarts: 0,
};

export function healthRoute({ readHealth, metrics }: HealthSources) {
  const answerWhole = async () => answerHealth(await readHealth());
  return new Elysia().get("/health", () => counted(metrics, "/health", answerWhole), {
    detail: {
      summary: "Read the state of each part",
      description:
        "`degraded` when a part is away or a thread is not running, with the reasons in `degraded_by`; `stalled`, with 503 and the same fields, when entries wait and none was stored for a while. Unknown values are null.",
      tags: ["health"],
      responses: describeAnswers({
        status: 200,
        answer: { description: "Entries are stored, or will be soon.", example: EXAMPLE },
        errors: ["stalled"],
      }),
    },
  });
}

/** For whoever restarts the process or sends it requests: also on a public listener. */
export function probeRoutes({
  checkReady,
  metrics,
}: Pick<HealthSources, "checkReady" | "metrics">) {
  const answerReady = async () => {
    await checkReady();
    return Response.json({ status: "ready" });
  };
  return new Elysia()
    .get("/health/live", () => counted(metrics, "/health/live", answerLive), {
      detail: {
        summary: "Check that the server runs",
        tags: ["health"],
        responses: describeAnswers({
          status: 200,
          answer: { description: "It runs.", example: { status: "live" } },
          errors: [],
        }),
      },
    })
    .get("/health/ready", () => counted(metrics, "/health/ready", answerReady), {
      detail: {
        summary: "Check that events can be accepted",
        tags: ["health"],
        responses: describeAnswers({
          status: 200,
          answer: { description: "Redis takes events.", example: { status: "ready" } },
          errors: ["stream_unavailable"],
        }),
      },
    });
}

function exampleThread(name: string, lastCommitAt: string | null) {
  return {
    name,
    state: "running",
    restarts: 0,
    last_commit_at: lastCommitAt,
    work_age_ms: 0,
    error: null,
  } as const;
}

function answerHealth(report: HealthReport): Response {
  if (report.status !== "stalled") return Response.json(report);
  const message = `Entries wait, and none was stored for ${STALLED_AFTER_MS / 1_000} s`;
  return errorResponse(new QueueFlowError("stalled", message), { details: report });
}

function answerLive(): Response {
  return Response.json({ status: "live" });
}
