import { Elysia } from "elysia";
import type { IngestMetrics } from "../../metrics/ingest-metrics.ts";
import { acceptsHtml } from "../base-path.ts";
import { counted } from "../counted.ts";
import { type Listener, pathsOf } from "../listener.ts";
import { notFound } from "../not-found.ts";
import { pageHeaders } from "../security-headers.ts";
import { IMMUTABLE, staticResponse } from "../static/static-response.ts";
import { dashboardFiles } from "./dashboard-files.ts";
import { DASHBOARD_POLICY, type RenderSources, renderDashboard } from "./render-dashboard.ts";

const PAGE_HEADERS = { ...pageHeaders(DASHBOARD_POLICY), Vary: "Accept" };

export interface DashboardSources extends RenderSources {
  readonly metrics: IngestMetrics;
}

/**
 * The dashboard for browsers. Other clients get a 404 at `/`, so that a load balancer that checks it by default does not find a page
 * always good.
 */
export function dashboardRoute(sources: DashboardSources, listener: Listener) {
  const { metrics } = sources;
  const hidden = { detail: { hide: true } };
  return new Elysia()
    .get(
      "/",
      async ({ request }) =>
        await counted(metrics, "/", async () => {
          if (!acceptsHtml(request)) throw notFound(pathsOf(listener));
          return new Response(
            await renderDashboard(request, sources, {
              isForOperators: listener === "whole",
            }),
            {
              headers: PAGE_HEADERS,
            },
          );
        }),
      hidden,
    )
    .get(
      "/dashboard/:file",
      async ({ request, params }) =>
        await counted(metrics, "/", async () => {
          const file = (await dashboardFiles()).byName.get(params.file);
          if (file === undefined) throw notFound(pathsOf(listener));
          return staticResponse(request, file, { "Cache-Control": IMMUTABLE });
        }),
      hidden,
    );
}
