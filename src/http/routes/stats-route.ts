import { Elysia } from "elysia";
import { QueueFlowError } from "../../errors.ts";
import { TOP_PATHS_DEFAULT, TOP_PATHS_MAX } from "../../event/limits.ts";
import type { Outage } from "../../log/outage.ts";
import type { IngestMetrics } from "../../metrics/ingest-metrics.ts";
import { isDatabaseError } from "../../store/database-error.ts";
import type { SiteStats, StatsQuery } from "../../store/reports/read-stats.ts";
import type { Backlog } from "../../stream/inspect/read-backlog.ts";
import { admitSiteReader } from "../access/admit-site-reader.ts";
import type { AccessParts } from "../access/identify.ts";
import type { LimitParts } from "../admit-client.ts";
import { describeAnswers } from "../openapi/api-description.ts";
import { parseStatsQuery } from "./parse-stats-query.ts";
import { type DescribedParameters, describeParameters, strictHandler } from "./strict-handler.ts";

const PARAMETERS: DescribedParameters = {
  site_id: { required: true, schema: { type: "string" }, example: "example.com" },
  date: {
    description: "A UTC day, YYYY-MM-DD; absent means today.",
    schema: { type: "string", format: "date" },
    example: "2026-01-15",
  },
  limit: {
    description: "How many top paths.",
    schema: {
      type: "integer",
      minimum: 1,
      maximum: TOP_PATHS_MAX,
      default: TOP_PATHS_DEFAULT,
    },
  },
};

export interface StatsSources extends AccessParts, LimitParts {
  /** In milliseconds since 1970; rejects when the clock is wrong. */
  readonly readNowMs: () => Promise<number>;
  /** Rejects with `reads_overloaded`, or with an error of the database. */
  readonly readStats: (query: StatsQuery) => Promise<SiteStats>;
  readonly readBacklog: () => Promise<Backlog>;
  readonly statsReads: Pick<Outage, "failed" | "recovered">;
  readonly metrics: IngestMetrics;
}

export function statsRoute(sources: StatsSources) {
  const { metrics } = sources;
  const answer = strictHandler(
    { path: "/stats", parameters: PARAMETERS, metrics },
    async (values, request) => {
      await admitSiteReader(request, values.get("site_id"), sources);
      return await answerStats(values, sources);
    },
  );
  return new Elysia().get("/stats", answer, {
    detail: {
      summary: "Read a site's day",
      description:
        "Total views, exact unique users and top paths of one site on one UTC day. A day without events has zeros. An unknown, repeated or empty parameter is refused.",
      tags: ["stats"],
      parameters: describeParameters(PARAMETERS),
      responses: describeAnswers({
        status: 200,
        answer: {
          description: "The day, by views descending and then path ascending.",
          headers: {
            "X-QueueFlow-Pending": {
              description: "Entries accepted and not yet stored.",
              schema: { type: "integer" },
            },
            "X-QueueFlow-Lag-Ms": {
              description: "Age of the oldest of them, in milliseconds.",
              schema: { type: "integer" },
            },
          },
          example: {
            site_id: "example.com",
            date: "2026-01-15",
            total_views: 3,
            unique_users: 2,
            top_paths: [
              { path: "/pricing", views: 2 },
              { path: "/", views: 1 },
            ],
          },
        },
        errors: [
          "invalid_field",
          "rate_limited",
          "key_required",
          "wrong_kind",
          "wrong_site",
          "database_unavailable",
        ],
      }),
    },
  });
}

async function answerStats(
  values: ReadonlyMap<string, string>,
  sources: StatsSources,
): Promise<Response> {
  const query = parseStatsQuery(values, values.has("date") ? 0 : await sources.readNowMs());
  // First, so that the numbers include every entry that is not pending.
  const headers = await freshnessHeaders(sources);
  try {
    const stats = await sources.readStats(query);
    sources.statsReads.recovered();
    return Response.json(stats, { headers });
  } catch (error) {
    if (!isDatabaseError(error) || isOverload(error)) throw error;
    sources.statsReads.failed(error);
    const sentence = "PostgreSQL could not read the stats";
    throw new QueueFlowError("database_unavailable", sentence, { cause: error });
  }
}

/** Whether the read never reached PostgreSQL. */
function isOverload(error: unknown): boolean {
  return error instanceof QueueFlowError && error.code === "reads_overloaded";
}

async function freshnessHeaders({ readBacklog }: StatsSources): Promise<Record<string, string>> {
  try {
    const { entries, lagMs } = await readBacklog();
    return { "X-QueueFlow-Pending": String(entries), "X-QueueFlow-Lag-Ms": String(lagMs) };
  } catch {
    // The numbers do not need Redis, whose connection reports the failure.
    return {};
  }
}
