import { Elysia } from "elysia";
import type { IngestMetrics } from "../../metrics/ingest-metrics.ts";
import type {
  OverviewQuestion,
  OverviewSite,
  SitesOverview,
} from "../../store/reports/overview-question.ts";
import type { Backlog } from "../../stream/inspect/read-backlog.ts";
import { admitOwnReader } from "../access/admit-own-reader.ts";
import type { AccessParts } from "../access/identify.ts";
import type { LimitParts } from "../admit-client.ts";
import { describeSitesOverview, OVERVIEW_PARAMETERS } from "../openapi/describe-readable-sites.ts";
import { listingSites } from "./listing-sites.ts";
import { daysOf, parseOverview } from "./parse-overview.ts";
import { freshnessOf } from "./query/freshness.ts";
import { readableSiteJson } from "./readable-sites-route.ts";
import { strictHandler } from "./strict-handler.ts";

const PATH = "/sites/overview";

export interface SitesOverviewSources extends AccessParts, LimitParts {
  /** Rejects with an error of the database. */
  readonly readSitesOverview: (question: OverviewQuestion) => Promise<SitesOverview>;
  readonly readBacklog: () => Promise<Backlog>;
  readonly metrics: IngestMetrics;
}

export function sitesOverviewRoute(sources: SitesOverviewSources) {
  const { metrics } = sources;
  const route = { path: PATH, parameters: OVERVIEW_PARAMETERS, metrics } as const;
  const answer = strictHandler(route, async (values, request) => {
    const only = await admitOwnReader(request, sources);
    const question = { ...parseOverview(values), only };
    const freshness = await freshnessOf(sources.readBacklog);
    const asOf = new Date().toISOString();
    const { sites, total, isDistributed } = await listingSites(() =>
      sources.readSitesOverview(question),
    );
    return Response.json({
      sites: sites.map((site) => siteJson(site, question)),
      total_sites: total,
      distributed: isDistributed,
      date_range: [question.from, question.to],
      as_of: asOf,
      ...(freshness && { pending: freshness.pending, lag_ms: freshness.lagMs }),
    });
  });
  return new Elysia().get(PATH, answer, { detail: describeSitesOverview() });
}

function siteJson(site: OverviewSite, question: OverviewQuestion) {
  const visitors = Array.from({ length: daysOf(question) }, () => 0);
  for (const [day, users] of site.days) visitors[day] = users;
  return {
    ...readableSiteJson(site),
    events: site.events,
    events_before: site.eventsBefore,
    daily_visitors: visitors,
  };
}
