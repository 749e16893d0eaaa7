import { Elysia } from "elysia";
import { addressSubject } from "../../../access/limits/subject.ts";
import { SITE_ID_BYTES_MAX } from "../../../event/limits.ts";
import type { IngestMetrics } from "../../../metrics/ingest-metrics.ts";
import { admitSiteReader } from "../../access/admit-site-reader.ts";
import { type AccessParts, admitReader } from "../../access/identify.ts";
import type { LimitParts } from "../../admit-client.ts";
import { CLIENT_LEFT } from "../../client-left.ts";
import { askLive, type LiveQuestionSources } from "../../live/ask-live.ts";
import type { LiveStreams } from "../../live/live-streams.ts";
import { describeLive, LIVE_PARAMETERS } from "../../openapi/describe-live.ts";
import { requiredText } from "../administration/required-text.ts";
import { strictHandler } from "../strict-handler.ts";

const PATH = "/live";
const STREAM_PATH = "/live/stream";
const STREAM_HEADERS = {
  "Content-Type": "text/event-stream; charset=utf-8",
  // nginx and others would keep events until their buffer is full.
  "X-Accel-Buffering": "no",
};

/** The runtime rounds it up to 4 s. */
const LEFT_TIMEOUT_S = 1;

export interface LiveSources extends AccessParts, LimitParts, LiveQuestionSources {
  readonly live: LiveStreams;
  /** Sets how long the connection of a request may be silent; 0 means for ever. */
  readonly setIdleTimeout: (request: Request, seconds: number) => void;
  readonly metrics: IngestMetrics;
}

export function liveRoute(sources: LiveSources) {
  const { metrics } = sources;
  const described = describeLive();
  const handler = (
    path: typeof PATH | typeof STREAM_PATH,
    answer: (siteId: string, request: Request) => Response | Promise<Response>,
  ) =>
    strictHandler({ path, parameters: LIVE_PARAMETERS, metrics }, async (values, request) =>
      answer(await admittedSite(values, request, sources), request),
    );
  return new Elysia()
    .get(
      PATH,
      handler(PATH, (siteId, request) => answerLive(siteId, request, sources)),
      {
        detail: described.live,
      },
    )
    .get(
      STREAM_PATH,
      handler(STREAM_PATH, (siteId, request) => openStream(siteId, request, sources)),
      { detail: described.stream },
    );
}

async function admittedSite(
  values: ReadonlyMap<string, string>,
  request: Request,
  sources: LiveSources,
): Promise<string> {
  const siteId = values.get("site_id");
  await admitSiteReader(request, siteId, sources);
  return requiredText("site_id", siteId, SITE_ID_BYTES_MAX);
}

async function answerLive(
  siteId: string,
  request: Request,
  sources: LiveSources,
): Promise<Response> {
  try {
    const body = await askLive(sources)(siteId, request.signal);
    return new Response(body, { headers: { "Content-Type": "application/json" } });
  } catch (error) {
    if (request.signal.aborted) return new Response(null, { status: CLIENT_LEFT });
    throw error;
  }
}

function openStream(siteId: string, request: Request, sources: LiveSources): Response {
  // Answered like GET, but nobody would read it.
  if (request.method === "HEAD") return new Response(null, { headers: STREAM_HEADERS });
  const { hi, lo } = addressSubject(sources.addresses.senderOf(request));
  const body = sources.live.open(siteId, {
    client: `${hi} ${lo}`,
    isAdmitted: async () =>
      !request.signal.aborted && (await mayStillRead(siteId, request, sources)),
    // Or a client that does not read would keep its connection.
    onLeft: () => sources.setIdleTimeout(request, LEFT_TIMEOUT_S),
  });
  sources.setIdleTimeout(request, 0);
  return new Response(body, { headers: STREAM_HEADERS });
}

/** Asks what the request began with: its key, or whatever else identifies its reader, may have ended. */
async function mayStillRead(
  siteId: string,
  request: Request,
  sources: LiveSources,
): Promise<boolean> {
  try {
    await admitReader(request, siteId, sources);
    return true;
  } catch {
    return false;
  }
}
