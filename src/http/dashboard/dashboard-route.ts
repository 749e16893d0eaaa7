import { Elysia } from "elysia";
import packageJson from "../../../package.json" with { type: "json" };
import { areReadsOpen } from "../../access/may-read.ts";
import type { HealthReport } from "../../health/health-report.ts";
import type { IngestMetrics } from "../../metrics/ingest-metrics.ts";
import { type AccessParts, knownAccess } from "../access/identify.ts";
import { acceptsHtml } from "../base-path.ts";
import { counted } from "../counted.ts";
import { type Listener, pathsOf } from "../listener.ts";
import { notFound } from "../not-found.ts";
import { exampleEvent } from "../openapi/example-event.ts";
import { pageHeaders } from "../security-headers.ts";
import { IMMUTABLE, staticResponse } from "../static/static-response.ts";
import { dashboardFiles } from "./dashboard-files.ts";
import { dashboardPage } from "./dashboard-page.ts";
import { acceptingOnly, engineState } from "./engine-state.ts";

const PAGE_HEADERS = {
  ...pageHeaders("script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:"),
  Vary: "Accept",
};
/** A valid Host may hold quotes and semicolons, which a shell would run. */
const SHELL_SAFE_HOST = /^(?:[a-z\d.-]+|\[[a-f\d:.]+\])(?::\d+)?$/i;

export interface DashboardSources extends AccessParts {
  readonly readHealth: () => Promise<HealthReport>;
  readonly metrics: IngestMetrics;
  readonly basePath: string;
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
          return new Response(await renderPage(request, sources, listener), {
            headers: PAGE_HEADERS,
          });
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

async function renderPage(
  request: Request,
  sources: DashboardSources,
  listener: Listener,
): Promise<string> {
  const { headers, url } = request;
  const report = await sources.readHealth();
  const access = await knownAccess(sources.access);
  const isOpen = access.kind === "open" || (access.kind === "rules" && areReadsOpen(access));
  const host = headers.get("host") ?? "";
  const isSecure = url.startsWith("https:") || headers.get("x-forwarded-proto") === "https";
  const scheme = isSecure ? "https" : "http";
  const { names } = await dashboardFiles();
  const origin = SHELL_SAFE_HOST.test(host) ? `${scheme}://${host}` : "http://localhost:3000";
  return dashboardPage(names, {
    version: packageJson.version,
    origin: origin + sources.basePath,
    event: { ...exampleEvent(), timestamp: toSeconds(new Date()) },
    state: isOpen ? engineState(report) : acceptingOnly(report),
    isForOperators: listener === "whole",
  });
}

function toSeconds(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, "Z");
}
