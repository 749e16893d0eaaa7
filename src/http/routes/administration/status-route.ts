import { Elysia } from "elysia";
import { EVERY_SITE } from "../../../access/access-document.ts";
import { buildReport, type StatusParts } from "../../../administer/status/build-report.ts";
import { readPostgres, readRedis } from "../../../administer/status/read-servers.ts";
import type { EngineState, StatusReport } from "../../../administer/status/status-report.ts";
import { shareInFlight } from "../../../async/share-in-flight.ts";
import type { HealthReport } from "../../../health/health-report.ts";
import type { StreamReading } from "../../../stream/inspect/stream-rates.ts";
import { describeStatus } from "../../openapi/describe-pipeline.ts";
import { type AdministrationSources, administer, expectInScope } from "./administer.ts";

const PATH = "/status";
/** Between two readings, however many people look. */
const PAUSE_MS = 500;

export interface StatusSources extends AdministrationSources {
  readonly readHealth: () => Promise<HealthReport>;
  readonly statusServers: {
    readonly redisAddress: string;
    readonly postgresAddress: string;
    readonly config: StatusParts<EngineState>["config"];
  };
}

/** What `queueflow status` says, for administrators of every site: it names servers. */
export function statusRoute(sources: StatusSources) {
  const read = statusReader(sources);
  return new Elysia().get(
    PATH,
    administer(PATH, sources, {
      parameters: [],
      answer: async ({ scope }) => {
        expectInScope(scope, EVERY_SITE);
        return Response.json(await read());
      },
    }),
    { detail: describeStatus() },
  );
}

function statusReader(sources: StatusSources): () => Promise<StatusReport> {
  let previous: StreamReading | undefined;
  return shareInFlight(async () => {
    const { accessServers, statusServers, readHealth } = sources;
    const { redisAddress, postgresAddress, config } = statusServers;
    const [health, stream, postgres] = await Promise.all([
      readHealth(),
      readRedis(accessServers.shards, redisAddress),
      readPostgres(accessServers.database, postgresAddress),
    ]);
    const report = buildReport({ engine: engineIn(health), stream, postgres, previous, config });
    previous = stream.reading ?? previous;
    return report;
  }, PAUSE_MS);
}

function engineIn(health: HealthReport): EngineState {
  const { status, degraded_by, ingest, reports, consumers, packer, reclaimer } = health;
  const others = [packer, reclaimer].filter((thread) => thread !== null);
  return {
    state: status,
    error: ingest.error,
    degraded_by,
    threads: [...ingest.threads, ...reports, ...consumers, ...others].map(
      ({ name, state, restarts, last_commit_at, work_age_ms, error }) => ({
        name,
        state,
        restarts,
        last_commit_at,
        work_age_ms,
        error,
      }),
    ),
    unpacked_events: packer?.unpacked_events ?? null,
  };
}
