import type { EventRequest } from "../../accept/accept-events.ts";
import { namedFields, type PreviewedEvent, previewEvent } from "../../accept/preview-event.ts";
import { EVERY_SITE } from "../../access/access-document.ts";
import { administeredSite, areReadsOpen } from "../../access/may-read.ts";
import { NO_SESSIONS } from "../../access/session-source.ts";
import { NOBODY } from "../../collect/beacon.ts";
import { asQueueFlowError } from "../../errors.ts";
import { identifyReader, type SenderParts } from "../access/identify.ts";
import { admitClient, type LimitParts } from "../admit-client.ts";
import { eventHeaders } from "../cors.ts";
import { errorResponse } from "../error-response.ts";
import { expectInScope } from "../routes/administration/administer.ts";

const DEBUG_HEADER = "x-debug-request";

export interface DebugParts extends SenderParts, LimitParts {
  readonly keptQuery: ReadonlySet<string>;
}

/** Whether the request asks what would be stored of it. */
export function isDebugRequest({ headers }: Request): boolean {
  return headers.has(DEBUG_HEADER);
}

/**
 * Returns what would be stored of the event, to who has an admin key of its site. `Authorization` holds that key, so that `?key=` can
 * hold the browser's.
 */
export async function debugResponse(
  request: Request,
  { readEvent, parts }: { readonly readEvent: ReadEventRequest; readonly parts: DebugParts },
): Promise<Response> {
  const headers = eventHeaders(request.headers.get("origin"));
  try {
    const scope = await admitDebugger(request, parts);
    const read = await previewEvent(await readEvent(), parts);
    expectInScope(scope, read.event.siteId);
    return Response.json(described(read), { headers });
  } catch (error) {
    return errorResponse(error, { headers });
  }
}

type ReadEventRequest = () => Promise<Pick<EventRequest, "protocol" | "readBody" | "sender">>;

async function admitDebugger(request: Request, parts: DebugParts): Promise<string> {
  try {
    const reader = await identifyReader(request, { ...parts, sessions: NO_SESSIONS });
    const key = reader?.key;
    const isOpen = reader === undefined || areReadsOpen(reader.rules);
    const scope = key === undefined && isOpen ? EVERY_SITE : administeredSite(key);
    admitClient(request, { keyId: key?.keyId }, parts);
    return scope;
  } catch (error) {
    if (asQueueFlowError(error).status < 429) admitClient(request, {}, parts);
    throw error;
  }
}

function described(read: PreviewedEvent): Readonly<Record<string, unknown>> {
  const { user_id: userId, ...fields } = namedFields(read.event);
  return {
    status: "debug",
    dropped: read.kind === "dropped" ? read.reason : null,
    event: userId === NOBODY ? fields : { ...fields, user_id: userId },
    ignored: read.ignored ?? {},
  };
}
