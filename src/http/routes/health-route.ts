import { Elysia } from "elysia";
import { mayReadHealth } from "../../access/may-read.ts";
import { QueueFlowError } from "../../errors.ts";
import { type HealthReport, refusedBecause } from "../../health/health-report.ts";
import type { IngestMetrics } from "../../metrics/ingest-metrics.ts";
import { STALLED_AFTER_MS } from "../../stream/inspect/read-backlog.ts";
import { type AccessParts, identifyReader, knownAccess } from "../access/identify.ts";
import { counted } from "../counted.ts";
import { errorResponse } from "../error-response.ts";
import { describeAnswers } from "../openapi/api-description.ts";

export interface HealthSources extends AccessParts {
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
  reports: [exampleThread("report-1", null)],
  packer: { ...exampleThread("packer", null), unpacked_events: 842 },
  reclaimer: exampleThread("reclaimer", null),
  dead_letters: 0,
  losses: { entries: 0, since: null },
  restarts: 0,
};

export function healthRoute(sources: HealthSources) {
  const { readHealth, metrics } = sources;
  const answerWhole = async (request: Request) => {
    const isWhole = await mayReadDetails(request, sources);
    const report = await readHealth();
    return answerHealth(report, isWhole ? report : briefly(report));
  };
  return new Elysia().get(
    "/health",
    ({ request }) => counted(metrics, "/health", () => answerWhole(request)),
    {
      detail: {
        summary: "Read the state of each part",
        description:
          "`degraded` when a part is away or a thread is not running, with the reasons in `degraded_by`; `stalled`, with 503 and the same fields, when entries wait and none was stored for a while. Unknown values are null. Once reads are closed, a client without a read or admin key gets only `status`.",
        tags: ["health"],
        responses: describeAnswers({
          status: 200,
          answer: { description: "Entries are stored, or will be soon.", example: EXAMPLE },
          errors: ["stalled"],
        }),
      },
    },
  );
}

/** For supervisors and load balancers: also on a public listener. */
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
          errors: ["stream_unavailable", "access_unknown"],
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

/** Nobody has a key while none is known, so that a request with one is told the least. */
async function mayReadDetails(request: Request, parts: AccessParts): Promise<boolean> {
  const access = await knownAccess(parts.access);
  if (access.kind === "unknown") return false;
  const reader = await identifyReader(request, parts);
  return reader === undefined || mayReadHealth(reader.rules, reader.key);
}

/** While nothing is known, it says so: it is the reason that a person looks for. */
function briefly({ status, ingest: { error } }: HealthReport): object {
  return error === "access_unknown" ? { status, degraded_by: [refusedBecause(error)] } : { status };
}

function answerHealth({ status }: HealthReport, details: object): Response {
  if (status !== "stalled") return Response.json(details);
  const message = `Entries wait, and none was stored for ${STALLED_AFTER_MS / 1_000} s`;
  return errorResponse(new QueueFlowError("stalled", message), { details });
}

function answerLive(): Response {
  return Response.json({ status: "live" });
}
