import { Elysia } from "elysia";
import packageJson from "../../../package.json" with { type: "json" };
import { areReadsOpen } from "../../access/may-read.ts";
import type { HealthReport } from "../../health/health-report.ts";
import type { IngestMetrics } from "../../metrics/ingest-metrics.ts";
import { type AccessParts, knownAccess } from "../access/identify.ts";
import { counted } from "../counted.ts";
import { type Listener, pathsOf } from "../listener.ts";
import { notFound } from "../not-found.ts";
import { exampleEvent } from "../openapi/example-event.ts";
import { pageHeaders } from "../security-headers.ts";
import { acceptingOnly, engineState } from "./engine-state.ts";
import style from "./home.css" with { type: "text" };
import { homePage } from "./home-page.ts";

const STYLE_HASH = new Bun.CryptoHasher("sha256").update(style).digest("base64");
const HEADERS = {
  ...pageHeaders(`style-src 'sha256-${STYLE_HASH}'; img-src data:`),
  Vary: "Accept",
};
/** A valid Host may hold quotes and semicolons, which a shell would run. */
const SHELL_SAFE_HOST = /^(?:[a-z\d.-]+|\[[a-f\d:.]+\])(?::\d+)?$/i;

export interface HomeSources extends AccessParts {
  readonly readHealth: () => Promise<HealthReport>;
  readonly metrics: IngestMetrics;
}

/** A page for browsers. Other clients get a 404, so that a load balancer that checks `/` by default does not find a page always good. */
export function homeRoute(sources: HomeSources, listener: Listener) {
  const { metrics } = sources;
  return new Elysia().get(
    "/",
    async ({ request }) =>
      await counted(metrics, "/", async () => {
        if (!acceptsHtml(request)) throw notFound(pathsOf(listener));
        return new Response(await renderHome(request, sources, listener), { headers: HEADERS });
      }),
    { detail: { hide: true } },
  );
}

function acceptsHtml({ headers }: Request): boolean {
  return /\btext\/html\b/i.test(headers.get("accept") ?? "");
}

async function renderHome(
  request: Request,
  sources: HomeSources,
  listener: Listener,
): Promise<string> {
  const { headers, url } = request;
  const report = await sources.readHealth();
  const access = await knownAccess(sources.access);
  const isOpen = access.kind === "open" || (access.kind === "rules" && areReadsOpen(access));
  const state = isOpen ? engineState(report) : acceptingOnly(report);
  const host = headers.get("host") ?? "";
  const isSecure = url.startsWith("https:") || headers.get("x-forwarded-proto") === "https";
  const scheme = isSecure ? "https" : "http";
  return homePage({
    version: packageJson.version,
    origin: SHELL_SAFE_HOST.test(host) ? `${scheme}://${host}` : "http://localhost:3000",
    event: { ...exampleEvent(), timestamp: toSeconds(new Date()) },
    state,
    isForOperators: listener === "whole",
    style,
  });
}

function toSeconds(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, "Z");
}
