import { setImmediate as nextTurn } from "node:timers/promises";
import { Elysia } from "elysia";
import { type AcceptParts, acceptEvents } from "../../accept/accept-events.ts";
import type { ThreadLimits } from "../../accept/thread-limits.ts";
import type { AccessSource } from "../../access/access-source.ts";
import type { Access } from "../../access/rules.ts";
import { asQueueFlowError } from "../../errors.ts";
import { errorReply } from "../../protocols/error-body.ts";
import type { Reply } from "../../protocols/protocol.ts";
import { type AccessParts, identifySender, knownAccess } from "../access/identify.ts";
import { admitClient, type LimitParts, limitingRefusals } from "../admit-client.ts";
import { HeldBytes } from "../body/held-bytes.ts";
import { dropBody } from "../body/read-body.ts";
import { eventHeaders, eventResponseInits, preflightResponse } from "../cors.ts";
import { counted } from "../counted.ts";
import { closesConnection, errorHeaders, leavesBody } from "../error-response.ts";
import { describeBatch, describeOneEvent } from "../openapi/describe-events.ts";
import {
  EVENT_BATCH,
  type EventEndpoint,
  ONE_EVENT,
  readEventRequest,
  type SentRequest,
} from "./event-endpoint.ts";

const accepted = eventResponseInits(202);
const stored = eventResponseInits(200);

export interface EventParts extends AcceptParts, AccessParts, LimitParts {
  readonly access: AccessSource;
  readonly limits: ThreadLimits;
}

export function eventRoutes(parts: EventParts) {
  const { metrics } = parts;
  return new Elysia()
    .options(
      "/event",
      async ({ request }) => await counted(metrics, "/event", () => preflightResponse(request)),
      {
        detail: { hide: true },
      },
    )
    .options(
      "/events",
      async ({ request }) => await counted(metrics, "/events", () => preflightResponse(request)),
      {
        detail: { hide: true },
      },
    )
    .post("/event", ({ request }) => postEvents(request, ONE_EVENT, parts), {
      parse: "none",
      detail: describeOneEvent(),
    })
    .post("/events", ({ request }) => postEvents(request, EVENT_BATCH, parts), {
      parse: "none",
      detail: describeBatch(),
    });
}

async function postEvents(
  request: Request,
  endpoint: EventEndpoint,
  parts: EventParts,
): Promise<Response> {
  const startedAtMs = performance.now();
  const reply = await (endpoint.isBatch
    ? replyToBatch(request, endpoint, parts)
    : replyTo({ request, endpoint }, parts));
  parts.metrics.answered(endpoint.path, reply.status, startedAtMs);
  const origin = request.headers.get("origin");
  if (reply.error === undefined) {
    return new Response(reply.body, reply.status === 200 ? stored(origin) : accepted(origin));
  }
  const isUnread = leavesBody(reply.error) || !request.bodyUsed;
  const headers = isUnread ? await dropBody(request) : {};
  // Bun 1.4.5 handles requests inside the loop that accepts connections. Closing one there lets its client open another, so a flood
  // would keep the thread in that loop.
  if (closesConnection(reply.error)) await nextTurn();
  const how = errorHeaders(reply.error, reply.retryAfterS);
  return refusal(reply, { ...eventHeaders(origin), ...headers, ...how });
}

async function replyToBatch(
  request: Request,
  endpoint: EventEndpoint,
  parts: EventParts,
): Promise<Reply> {
  using held = new HeldBytes();
  return await replyTo({ request, endpoint, held }, parts);
}

/** Not async, as each promise in between costs a single event 1 % of its time. */
function replyTo(sent: SentRequest, parts: EventParts): Promise<Reply> {
  const access = parts.access.current();
  if (access.kind !== "unknown") return replyWith(access, sent, parts);
  return knownAccess(parts.access).then((known) => replyWith(known, sent, parts));
}

function replyWith(access: Access, sent: SentRequest, parts: EventParts): Promise<Reply> {
  const { request } = sent;
  try {
    const sender = limitingRefusals(request, parts, () => identifySender(request, access, parts));
    const key = sender?.key;
    const client = admitClient(request, { keyId: key?.keyId, siteId: key?.siteId }, parts);
    return acceptEvents(readEventRequest(sent, { sender, client }), parts);
  } catch (thrown) {
    const error = asQueueFlowError(thrown);
    parts.metrics.refused(error.code);
    return Promise.resolve(errorReply(error));
  }
}

function refusal({ status, body }: Reply, more: Record<string, string>): Response {
  const headers = { ...more, "Content-Type": "application/json;charset=utf-8" };
  return new Response(body, { status, headers });
}
