import { Elysia } from "elysia";
import { type AcceptParts, acceptEvents } from "../../accept/accept-events.ts";
import type { ThreadLimits } from "../../accept/thread-limits.ts";
import type { AccessSource } from "../../access/access-source.ts";
import type { Reply } from "../../protocols/protocol.ts";
import { admitSender } from "../access/admit-sender.ts";
import type { SenderParts } from "../access/identify.ts";
import type { LimitParts } from "../admit-client.ts";
import { HeldBytes } from "../body/held-bytes.ts";
import { preflightResponse } from "../cors.ts";
import { counted } from "../counted.ts";
import { eventResponse } from "../event-response.ts";
import { describeBatch, describeOneEvent } from "../openapi/describe-events.ts";
import { replyToEvents } from "../reply-to-events.ts";
import {
  EVENT_BATCH,
  type EventEndpoint,
  ONE_EVENT,
  readEventRequest,
  type SentRequest,
} from "./event-endpoint.ts";

export interface EventParts extends AcceptParts, SenderParts, LimitParts {
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
  return eventResponse(request, reply);
}

async function replyToBatch(
  request: Request,
  endpoint: EventEndpoint,
  parts: EventParts,
): Promise<Reply> {
  using held = new HeldBytes();
  return await replyTo({ request, endpoint, held }, parts);
}

function replyTo(sent: SentRequest, parts: EventParts): Promise<Reply> {
  return replyToEvents((access) => {
    const admitted = admitSender(sent.request, { access, use: "writes" }, parts);
    return acceptEvents(readEventRequest(sent, admitted), parts);
  }, parts);
}
