import type { EventRequest } from "../../accept/accept-events.ts";
import { InvalidFieldsError } from "../../errors.ts";
import { describeValue } from "../../event/describe-value.ts";
import type { AnalyticsEvent } from "../../event/event.ts";
import { eventIdOf, isEventKey } from "../../event/event-id.ts";
import { idsFromKey } from "../../event/idempotency-key.ts";
import {
  BATCH_BYTES_MAX,
  BATCH_JSON_BYTES_MAX,
  BATCH_NDJSON_BYTES_MAX,
  BODY_BYTES_MAX,
  EVENT_ID_CHARACTERS_MAX,
} from "../../event/limits.ts";
import type { Path } from "../../paths.ts";
import { batchJson, batchNdjson } from "../../protocols/batch.ts";
import { native } from "../../protocols/native.ts";
import type { Protocol } from "../../protocols/protocol.ts";
import { CONTENT_CODINGS, decompress } from "../body/decompress.ts";
import { HeldBytes } from "../body/held-bytes.ts";
import { mediaOf } from "../body/media-type.ts";
import { readBody } from "../body/read-body.ts";

interface Kind {
  readonly protocol: Protocol;
  /** Of the decompressed body. */
  readonly bytesMax: number;
}

export interface EventEndpoint {
  readonly path: Path;
  /** Of the body as it is sent. */
  readonly sentBytesMax: number;
  readonly kinds: ReadonlyMap<string, Kind>;
  /** Returns ids for events without one. */
  readonly idsFromKey: (key: string) => (event: AnalyticsEvent) => string;
  readonly isBatch: boolean;
}

const ONE: Kind = { protocol: native, bytesMax: BODY_BYTES_MAX };
const JSON_BATCH: Kind = { protocol: batchJson, bytesMax: BATCH_JSON_BYTES_MAX };
const NDJSON_BATCH: Kind = { protocol: batchNdjson, bytesMax: BATCH_NDJSON_BYTES_MAX };

export const ONE_EVENT: EventEndpoint = {
  path: "/event",
  sentBytesMax: BODY_BYTES_MAX,
  kinds: new Map([
    ["application/json", ONE],
    ["text/json", ONE],
  ]),
  idsFromKey:
    (key) =>
    ({ siteId }) =>
      eventIdOf(siteId, key),
  isBatch: false,
};

export const EVENT_BATCH: EventEndpoint = {
  path: "/events",
  sentBytesMax: BATCH_BYTES_MAX,
  kinds: new Map([
    ["application/json", JSON_BATCH],
    ["text/json", JSON_BATCH],
    ["application/x-ndjson", NDJSON_BATCH],
    ["application/ndjson", NDJSON_BATCH],
    ["application/jsonl", NDJSON_BATCH],
  ]),
  idsFromKey,
  isBatch: true,
};

const NO_FLAGS = { isStrict: false, waits: false };
const IDEMPOTENCY_KEY = "Idempotency-Key";

export interface SentRequest {
  readonly request: Request;
  readonly endpoint: EventEndpoint;
  /** Counts the bytes of the body. */
  readonly held?: HeldBytes;
}

/**
 * Reads what the headers and the query say; the body is read later.
 *
 * @throws QueueFlowError `unsupported_media_type`; InvalidFieldsError.
 */
export function readEventRequest(
  sent: SentRequest,
  { sender, client }: Pick<EventRequest, "sender" | "client">,
): EventRequest {
  const { request, endpoint } = sent;
  const { headers, url } = request;
  const { kind, codings } = mediaOf(headers, {
    kinds: endpoint.kinds,
    codings: CONTENT_CODINGS,
  });
  const key = idempotencyKey(headers);
  const flags = flagsIn(url);
  return {
    protocol: kind.protocol,
    readBody:
      codings.length === 0
        ? () => readBody(request, Math.min(endpoint.sentBytesMax, kind.bytesMax), sent.held)
        : () => readCompressed(sent, codings, kind.bytesMax),
    mintEventId: key === undefined ? undefined : endpoint.idsFromKey(key),
    isStrict: flags.isStrict,
    waits: flags.waits,
    sender,
    client,
  };
}

async function readCompressed(
  { request, endpoint, held }: SentRequest,
  codings: readonly string[],
  bytesMax: number,
): Promise<Uint8Array> {
  const sent = await readBody(request, endpoint.sentBytesMax, held);
  const inflate = async () => await decompress(sent, codings, bytesMax);
  return held === undefined ? await inflate() : await held.replace(inflate);
}

function idempotencyKey(headers: Headers): string | undefined {
  const key = headers.get(IDEMPOTENCY_KEY);
  if (key === null || isEventKey(key)) return key ?? undefined;
  const problem = `Expected ${IDEMPOTENCY_KEY} to be a header of 1 to ${EVENT_ID_CHARACTERS_MAX} characters, got ${describeValue(key)}`;
  throw new InvalidFieldsError({ [IDEMPOTENCY_KEY]: problem });
}

/** Other parameters are ignored: proxies and clients add their own. */
function flagsIn(url: string): Pick<EventRequest, "isStrict" | "waits"> {
  const at = url.indexOf("?");
  if (at === -1) return NO_FLAGS;
  const parameters = new URLSearchParams(url.slice(at + 1));
  return { isStrict: flag("strict", parameters), waits: flag("wait", parameters) };
}

function flag(name: string, parameters: URLSearchParams): boolean {
  const values = parameters.getAll(name);
  if (values.length === 0) return false;
  const value = values.length === 1 ? values[0] : values.join(", ");
  if (value === "true" || value === "false") return value === "true";
  throw new InvalidFieldsError({
    [name]: `Expected ${name} to be true or false, got ${describeValue(value)}`,
  });
}
