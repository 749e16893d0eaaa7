import { Elysia } from "elysia";
import { OPEN_ACCESS } from "../access/access-source.ts";
import { addressSubject } from "../access/limits/subject.ts";
import { asQueueFlowError, errorText, QueueFlowError } from "../errors.ts";
import { describeValue } from "../event/describe-value.ts";
import type { Log } from "../log/log.ts";
import type { IngestMetrics } from "../metrics/ingest-metrics.ts";
import { PATHS, type Path } from "../paths.ts";
import type { DailySalts } from "../stream/visitors/daily-salts.ts";
import { takeBasePath, toBasePath } from "./base-path.ts";
import { dropBody } from "./body/read-body.ts";
import { closingAfterChunks } from "./chunked-request.ts";
import { eventHeaders } from "./cors.ts";
import { counted } from "./counted.ts";
import { dashboardRoute } from "./dashboard/dashboard-route.ts";
import { errorResponse } from "./error-response.ts";
import { eventTargets } from "./event-target.ts";
import { foreignHost, type HostPolicy, hasValidHost, isForeignHost } from "./host-header.ts";
import { isForOperators, isProbe, type Listener, pathsOf } from "./listener.ts";
import { notFound } from "./not-found.ts";
import { nameOf, type PathNames } from "./path-names.ts";
import type { ReadTurns } from "./read-turns.ts";
import { requestTarget } from "./request-target.ts";
import { annotationsRoute } from "./routes/administration/annotations-route.ts";
import { deadLettersRoute } from "./routes/administration/dead-letters-route.ts";
import {
  type DefinitionSources,
  definitionsRoutes,
} from "./routes/administration/definitions-route.ts";
import { keysRoute } from "./routes/administration/keys-route.ts";
import { sharesRoute } from "./routes/administration/shares-route.ts";
import { sitesRoute } from "./routes/administration/sites-route.ts";
import { type StatusSources, statusRoute } from "./routes/administration/status-route.ts";
import { type CollectParts, collectRoutes } from "./routes/collect-route.ts";
import { eventRoutes } from "./routes/event-route.ts";
import { type ExportSources, exportRoute } from "./routes/export/export-route.ts";
import { type HealthSources, healthRoute, probeRoutes } from "./routes/health-route.ts";
import { type LiveSources, liveRoute } from "./routes/live/live-route.ts";
import { type MetricsSources, metricsRoute } from "./routes/metrics-route.ts";
import { type QuerySources, queryRoute } from "./routes/query/query-route.ts";
import { type ReadableSitesSources, readableSitesRoute } from "./routes/readable-sites-route.ts";
import { type SitesOverviewSources, sitesOverviewRoute } from "./routes/sites-overview-route.ts";
import { type StatsSources, statsRoute } from "./routes/stats-route.ts";
import { swaggerRoute } from "./routes/swagger-route.ts";
import { secured } from "./security-headers.ts";
import { type SessionSources, sessionRoute } from "./sessions/session-route.ts";
import { shareRoutes } from "./shares/share-routes.ts";
import { serveScript } from "./tracker/serve-script.ts";

const METHODS: ReadonlyMap<Path, string> = new Map(PATHS.map((path) => [path, methodsOf(path)]));

export interface AppParts
  extends CollectParts,
    StatsSources,
    ReadableSitesSources,
    SitesOverviewSources,
    QuerySources,
    ExportSources,
    LiveSources,
    HealthSources,
    MetricsSources,
    SessionSources,
    StatusSources,
    DefinitionSources {
  readonly metrics: IngestMetrics;
  readonly log: Log;
  readonly hosts: HostPolicy;
  /** Whether the listener speaks HTTPS. */
  readonly isSecure: boolean;
  /** Under which a proxy serves the engine; empty without one. */
  readonly basePath: string;
  /** For the ids of visitors without one. */
  readonly salts: Pick<DailySalts, "saltAt">;
  /** Of the thread, whatever the listener. */
  readonly turns: ReadTurns;
}

/** Their listeners end soon, so that each response asks the client for another connection. */
export const appsBeingReplaced = new WeakSet<object>();

export function buildApp(parts: AppParts, listener: Listener) {
  const { metrics, log, hosts, addresses, isSecure, pathNames, basePath, turns } = parts;
  const isEventTarget = eventTargets(pathNames);
  const scriptAnswer = serveScript(parts);
  const other = async (answer: () => Promise<Response>) => await counted(metrics, "other", answer);
  // The router looks for the path from character 11 or else from 7, which would be the host of `https://`.
  const app = new Elysia({ handler: { standardHostname: isSecure } })
    .wrap((route, request) => {
      const redirect = toBasePath(request, basePath);
      if (redirect !== undefined) return async () => secured(await other(async () => redirect));
      takeBasePath(request, basePath);
      if (!hasValidHost(request)) {
        return async () => withHeaders(await other(() => badHostResponse(request)), request);
      }
      const { path } = requestTarget(request);
      const isUnserved = listener === "operate" && !isForOperators(path);
      if (isUnserved || (isMisread(request) && !isRouted(path, request))) {
        return async () => withHeaders(await other(() => unrouted(request)), request);
      }
      const isReplaced = appsBeingReplaced.has(app);
      if (isEventTarget(request)) {
        turns.noteEvents();
        return isReplaced ? async () => closing(await answerOf(route, request)) : route;
      }
      // Pages of any site may load it, and it says nothing about one.
      const script = scriptAnswer(request);
      if (script !== undefined) {
        return async () => (isReplaced ? closing(secured(await script)) : secured(await script));
      }
      if (isForeignHost(request, hosts) && !addresses.isProxied(request)) {
        return async () => secured(await other(() => foreignHostResponse(request)));
      }
      return async () => {
        const refused = await untilTurn(request);
        const response = secured(refused ?? (await answerOf(route, request)));
        return isReplaced ? closing(response) : response;
      };
    })
    .wrap(closingAfterChunks)
    .onError(async ({ code, error, request }) => {
      if (code === "NOT_FOUND") {
        return withHeaders(await other(() => unrouted(request)), request);
      }
      if (asQueueFlowError(error).status === 500) {
        log.error({ error: errorText(error) }, "A request failed");
      }
      return withHeaders(errorResponse(error), request);
    })
    .use(dashboardRoute(parts, listener))
    .use(eventRoutes(parts))
    .use(collectRoutes(parts))
    .use(statsRoute(parts))
    .use(queryRoute(parts))
    .use(exportRoute(parts))
    .use(liveRoute(parts))
    .use(sitesRoute(parts))
    .use(readableSitesRoute(parts))
    .use(sitesOverviewRoute(parts))
    .use(definitionsRoutes(parts))
    .use(keysRoute(parts))
    .use(sharesRoute(parts))
    .use(annotationsRoute(parts))
    .use(statusRoute(parts))
    .use(deadLettersRoute(parts))
    .use(sessionRoute(parts))
    .use(shareRoutes(parts))
    .use(probeRoutes(parts));
  if (listener !== "public") {
    // Every client of the operate listener is an operator.
    const own = listener === "operate" ? { ...parts, access: OPEN_ACCESS } : parts;
    app.use(healthRoute(own)).use(metricsRoute(own)).use(swaggerRoute(metrics, basePath));
  }
  return app;

  /** Returns a response when too many others wait. */
  async function untilTurn(request: Request): Promise<Response | undefined> {
    const { path } = requestTarget(request);
    if (isProbe(path)) return undefined;
    try {
      const { hi, lo } = addressSubject(addresses.senderOf(request));
      await turns.next(`${listener} ${hi} ${lo}`);
      return undefined;
    } catch (error) {
      const route = PATHS.find((known) => known === path) ?? "other";
      return await counted(metrics, route, () => refusedResponse(request, error));
    }
  }

  /** Adds the headers of an error, which depend on what was requested. */
  function withHeaders(response: Response, request: Request): Response {
    if (!isEventTarget(request)) return secured(response);
    for (const [name, value] of Object.entries(eventHeaders(request.headers.get("origin")))) {
      response.headers.set(name, value);
    }
    return response;
  }

  function isRouted(path: string, { method }: Request): boolean {
    const known = pathsOf(listener).find((one) => nameOf(one, pathNames) === path);
    return known !== undefined && methodsOf(known).split(", ").includes(method);
  }

  async function unrouted(request: Request): Promise<Response> {
    return await unroutedResponse(request, { listener, pathNames });
  }
}

/**
 * Whether the router takes another part of the URL for the path: without a host, `/metrics` of `/anything/metrics`, and by HTTPS
 * with a host of less than three characters, `/metrics` of `https://a/b/metrics`.
 */
function isMisread({ url }: Request): boolean {
  return url.startsWith("/") || (url.startsWith("https:") && url.indexOf("/", 8) < 11);
}

/** Elysia does not type what a route returns. */
async function answerOf(route: (request: Request) => unknown, request: Request): Promise<Response> {
  const response = await route(request);
  if (response instanceof Response) return response;
  throw new Error("Expected a route to return a response");
}

function closing(response: Response): Response {
  response.headers.set("Connection", "close");
  return response;
}

async function badHostResponse(request: Request): Promise<Response> {
  const headers = await dropBody(request);
  const host = describeValue(request.headers.get("host") ?? undefined);
  const message = `Expected one Host header with a host and an optional port, got ${host}`;
  return errorResponse(new QueueFlowError("invalid_host", message), { headers });
}

async function foreignHostResponse(request: Request): Promise<Response> {
  const headers = await dropBody(request);
  return errorResponse(foreignHost(request), { headers });
}

async function refusedResponse(request: Request, error: unknown): Promise<Response> {
  const headers = await dropBody(request);
  return errorResponse(error, { headers });
}

async function unroutedResponse(
  request: Request,
  { listener, pathNames }: { readonly listener: Listener; readonly pathNames: PathNames },
): Promise<Response> {
  const headers = await dropBody(request);
  const { path } = requestTarget(request);
  // The router ignores a trailing slash, except when the Host header is absent or invalid.
  const paths = pathsOf(listener);
  const named = (name: string) => paths.find((one) => nameOf(one, pathNames) === name);
  const known = named(path) ?? (path.endsWith("/") ? named(path.slice(0, -1)) : undefined);
  const methods = known && METHODS.get(known);
  if (methods === undefined || methods.split(", ").includes(request.method)) {
    return errorResponse(notFound(paths.map((one) => nameOf(one, pathNames))), { headers });
  }
  const message = `Expected ${path} with ${methods}, got ${request.method}`;
  return errorResponse(new QueueFlowError("method_not_allowed", message), {
    headers: { ...headers, Allow: methods },
  });
}

function methodsOf(path: Path): string {
  switch (path) {
    case "/event":
    case "/events":
    case "/collect":
      return "POST, OPTIONS";
    case "/sites":
      return "GET, HEAD, POST, PATCH, DELETE";
    case "/sites/goals":
    case "/sites/segments":
      return "GET, HEAD, PUT, DELETE";
    case "/query":
      return "GET, HEAD, POST";
    case "/keys":
      return "GET, HEAD, POST, DELETE";
    case "/keys/revoke":
    case "/share/query":
    case "/share/session":
    case "/dead-letters/retry":
    case "/dead-letters/drop":
      return "POST";
    case "/sites/shares":
    case "/sites/annotations":
      return "GET, HEAD, POST, DELETE";
    case "/session":
      return "GET, HEAD, POST, DELETE";
    case "/":
    case "/share":
    case "/share/site":
    case "/share/annotations":
    case "/share/live/stream":
    case "/embed":
    case "/collect.gif":
    case "/script.js":
    case "/stats":
    case "/export":
    case "/live":
    case "/live/stream":
    case "/status":
    case "/dead-letters":
    case "/health":
    case "/health/live":
    case "/health/ready":
    case "/metrics":
    case "/swagger":
    case "/swagger/json":
    case "/sites/readable":
    case "/sites/overview":
      return "GET, HEAD";
  }
}
