import { EVERY_SITE } from "../../../access/access-document.ts";
import { siteText } from "../../../access/closed.ts";
import { administeredSite } from "../../../access/may-read.ts";
import type { AccessServers } from "../../../administer/access-servers.ts";
import { asQueueFlowError, QueueFlowError } from "../../../errors.ts";
import { BODY_BYTES_MAX } from "../../../event/limits.ts";
import type { IngestMetrics } from "../../../metrics/ingest-metrics.ts";
import type { Path } from "../../../paths.ts";
import { expectObject, parseJson } from "../../../protocols/json.ts";
import { isDatabaseError } from "../../../store/database-error.ts";
import type { ShardConnection } from "../../../stream/shards/shard-connections.ts";
import { type AccessParts, identifyReader } from "../../access/identify.ts";
import { admitClient, type LimitParts } from "../../admit-client.ts";
import { mediaOf } from "../../body/media-type.ts";
import { dropBody, readBody } from "../../body/read-body.ts";
import { counted } from "../../counted.ts";
import { requestTarget } from "../../request-target.ts";
import { parseParameters } from "../query-parameters.ts";

/** Also keeps forms of other pages out: a browser asks before it sends JSON. */
const KINDS: ReadonlyMap<string, "json"> = new Map([["application/json", "json"]]);
/** With `ACCESS=open` no thread knows any key. */
const NOT_WHILE_OPEN =
  "Expected ACCESS to be other than open, got open: use the commands `queueflow sites` and `queueflow keys`";
const NO_CODINGS: readonly string[] = [];

export interface AdministeredServers extends AccessServers {
  readonly shards: readonly ShardConnection[];
  readonly replicasMin: number;
}

export interface AdministrationSources extends AccessParts, LimitParts {
  readonly accessServers: AdministeredServers;
  readonly metrics: IngestMetrics;
}

export interface Administered {
  /** What the key administers: one site or `EVERY_SITE`. */
  readonly scope: string;
  readonly servers: AdministeredServers;
  readonly parameters: ReadonlyMap<string, string>;
  readonly readFields: () => Promise<Readonly<Record<string, unknown>>>;
}

/** Returns a handler that checks the key and the query before `answer`. */
export function administer(
  path: Path,
  sources: AdministrationSources,
  {
    parameters,
    answer,
  }: {
    readonly parameters: readonly string[];
    readonly answer: (request: Administered) => Promise<Response>;
  },
) {
  return async ({ request }: { request: Request }): Promise<Response> =>
    await counted(sources.metrics, path, async () => {
      try {
        return await answer({
          scope: await admitAdministrator(request, sources),
          servers: sources.accessServers,
          parameters: parseParameters(requestTarget(request).query, parameters),
          readFields: async () => await readFields(request),
        });
      } catch (error) {
        if (!request.bodyUsed) await dropBody(request);
        if (error instanceof QueueFlowError || !isDatabaseError(error)) throw error;
        const sentence = "PostgreSQL could not read or change what was asked for";
        throw new QueueFlowError("database_unavailable", sentence, { cause: error });
      }
    });
}

/** Returns what the request's key administers. Guessing keys must not be free. */
async function admitAdministrator(
  request: Request,
  sources: AdministrationSources,
): Promise<string> {
  try {
    const reader = await identifyReader(request, sources);
    if (reader === undefined) throw new QueueFlowError("key_required", NOT_WHILE_OPEN);
    const scope = administeredSite(reader.key);
    admitClient(request, { keyId: reader.key?.keyId }, sources);
    return scope;
  } catch (error) {
    if (asQueueFlowError(error).status < 429) admitClient(request, {}, sources);
    throw error;
  }
}

/** @throws QueueFlowError `wrong_site` for the key of one site, when the request is about another. */
export function expectInScope(scope: string, siteId: string): void {
  if (scope === EVERY_SITE || scope === siteId) return;
  const message = `Expected a key that administers ${siteText(siteId)}, got one of ${scope}`;
  throw new QueueFlowError("wrong_site", message);
}

/** Reads a JSON object. @throws QueueFlowError of 400, 413 or 415. */
export async function readFields(request: Request): Promise<Readonly<Record<string, unknown>>> {
  mediaOf(request.headers, { kinds: KINDS, codings: NO_CODINGS });
  const body = await readBody(request, BODY_BYTES_MAX);
  return expectObject(parseJson(body, "the body"), "the body");
}
