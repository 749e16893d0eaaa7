import { Elysia } from "elysia";
import { expectReader } from "../../../access/may-read.ts";
import { InvalidFieldsError } from "../../../errors.ts";
import { isObject } from "../../../event/is-object.ts";
import { BODY_BYTES_MAX } from "../../../event/limits.ts";
import type { IngestMetrics } from "../../../metrics/ingest-metrics.ts";
import { parseJson } from "../../../protocols/json.ts";
import { type ParsedQuery, parseReportQuery } from "../../../reporting/query/parse-report-query.ts";
import { queryFromParameters } from "../../../reporting/query/query-from-parameters.ts";
import type {
  Answer,
  AnswerFormat,
  Freshness,
  Question,
} from "../../../reporting/questions/messages.ts";
import type { Backlog } from "../../../stream/inspect/read-backlog.ts";
import { type AccessParts, identifyReader } from "../../access/identify.ts";
import { admitClient, type LimitParts } from "../../admit-client.ts";
import { mediaOf } from "../../body/media-type.ts";
import { dropBody, readBody } from "../../body/read-body.ts";
import { CLIENT_LEFT } from "../../client-left.ts";
import { describeQuery, FORMAT_PARAMETER, QUERY_PARAMETERS } from "../../openapi/describe-query.ts";
import { strictHandler } from "../strict-handler.ts";
import { answerFormat, MEDIA_TYPES } from "./answer-format.ts";
import { freshnessOf } from "./freshness.ts";

const PATH = "/query";
/** Also keeps pages of other sites from asking: a browser asks first before it sends JSON. */
const KINDS: ReadonlyMap<string, "json"> = new Map([["application/json", "json"]]);
const NO_CODINGS: readonly string[] = [];

export interface ReportSources {
  /** Rejects with the reason of `signal` when it aborts; see `ReportThreads`. */
  readonly askReport: (question: Question, signal: AbortSignal) => Promise<Answer>;
  readonly readBacklog: () => Promise<Backlog>;
}

export interface QuerySources extends AccessParts, LimitParts, ReportSources {
  readonly metrics: IngestMetrics;
}

/** What a request asks, before it is checked. */
export interface Asked {
  readonly siteId: unknown;
  readonly parse: () => ParsedQuery;
}

export function queryRoute(sources: QuerySources) {
  const { metrics } = sources;
  const described = describeQuery();
  return new Elysia()
    .get(
      PATH,
      strictHandler({ path: PATH, parameters: QUERY_PARAMETERS, metrics }, (parameters, request) =>
        answerQuery(
          request,
          { format: parameters.get("format"), sources },
          async () => await admitAsker(request, sources, () => askedByParameters(parameters)),
        ),
      ),
      { detail: described.get },
    )
    .post(
      PATH,
      strictHandler({ path: PATH, parameters: FORMAT_PARAMETER, metrics }, (parameters, request) =>
        answerQuery(
          request,
          { format: parameters.get("format"), sources },
          async () => await admitAsker(request, sources, async () => await askedByBody(request)),
        ),
      ),
      { parse: "none", detail: described.post },
    );
}

/** Answers what `admit` returns, which throws for who may not ask it. */
export async function answerQuery(
  request: Request,
  { format: named, sources }: { format: string | undefined; sources: ReportSources },
  admit: () => Promise<Asked>,
): Promise<Response> {
  try {
    const { parse } = await admit();
    const format = answerFormat(named, request.headers.get("accept"));
    const parsed = parse();
    if (parsed.kind === "invalid") throw new InvalidFieldsError(parsed.fields);
    // First, so that the numbers include every entry that is not pending.
    const freshness = await freshnessOf(sources.readBacklog);
    const { query } = parsed;
    const question: Question = { kind: "report", query, format, ...(freshness && { freshness }) };
    const answer = await sources.askReport(question, request.signal);
    return new Response(answer.body, { headers: headersOf(answer, format, freshness) });
  } catch (error) {
    if (request.signal.aborted) return new Response(null, { status: CLIENT_LEFT });
    if (request.body !== null && !request.bodyUsed) await dropBody(request);
    throw error;
  }
}

/** Guessing keys must not be free: a refused request counts for the limits of its address. */
async function admitAsker(
  request: Request,
  sources: QuerySources,
  readAsked: () => Asked | Promise<Asked>,
): Promise<Asked> {
  try {
    const reader = await identifyReader(request, sources);
    const asked = await readAsked();
    const { siteId } = asked;
    if (typeof siteId !== "string") {
      admitClient(request, { keyId: reader?.key?.keyId }, sources);
      return asked;
    }
    if (reader !== undefined) expectReader(reader.rules, reader.key, siteId);
    admitClient(request, { keyId: reader?.key?.keyId, siteId }, sources);
    return asked;
  } catch (error) {
    admitClient(request, {}, sources);
    throw error;
  }
}

function askedByParameters(parameters: ReadonlyMap<string, string>): Asked {
  const query = new Map(parameters);
  query.delete("format");
  return { siteId: query.get("site_id"), parse: () => queryFromParameters(query) };
}

/** @throws QueueFlowError of 400, 413 or 415. */
export async function askedByBody(request: Request): Promise<Asked> {
  mediaOf(request.headers, { kinds: KINDS, codings: NO_CODINGS });
  const body = parseJson(await readBody(request, BODY_BYTES_MAX), "the body");
  return {
    siteId: isObject(body) ? body["site_id"] : undefined,
    parse: () => parseReportQuery(body),
  };
}

function headersOf(
  { meta }: Answer,
  format: AnswerFormat,
  freshness: Freshness | undefined,
): Record<string, string> {
  return {
    "Content-Type": format === "json" ? MEDIA_TYPES.json : `${MEDIA_TYPES[format]}; charset=utf-8`,
    Vary: "Accept",
    ...(format === "csv" && { "Content-Disposition": 'attachment; filename="report.csv"' }),
    ...(meta !== undefined && { "X-QueueFlow-Meta": meta }),
    ...(freshness && {
      "X-QueueFlow-Pending": String(freshness.pending),
      "X-QueueFlow-Lag-Ms": String(freshness.lagMs),
    }),
  };
}
