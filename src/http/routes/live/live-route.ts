import { Elysia } from "elysia";
import { SITE_ID_BYTES_MAX } from "../../../event/limits.ts";
import type { IngestMetrics } from "../../../metrics/ingest-metrics.ts";
import { admitSiteReader } from "../../access/admit-site-reader.ts";
import { type AccessParts, admitReader } from "../../access/identify.ts";
import type { LimitParts } from "../../admit-client.ts";
import { CLIENT_LEFT } from "../../client-left.ts";
import { askLive, type LiveQuestionSources } from "../../live/ask-live.ts";
import { describeLive, LIVE_PARAMETERS } from "../../openapi/describe-live.ts";
import { requiredText } from "../administration/required-text.ts";
import { strictHandler } from "../strict-handler.ts";
import { openStream, type StreamSources } from "./open-stream.ts";

const PATH = "/live";
const STREAM_PATH = "/live/stream";

export interface LiveSources extends AccessParts, LimitParts, LiveQuestionSources, StreamSources {
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
      handler(STREAM_PATH, (siteId, request) => {
        const admit = async () => await admitReader(request, siteId, sources);
        return openStream(request, { siteId, isPublic: false, admit }, sources);
      }),
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
