import { setImmediate as nextTurn } from "node:timers/promises";
import { Elysia } from "elysia";
import { type AcceptParts, acceptEvents } from "../../accept/accept-events.ts";
import { BODY_BYTES_MAX } from "../../event/limits.ts";
import { native } from "../../protocols/native.ts";
import type { Reply } from "../../protocols/protocol.ts";
import { expectMediaType } from "../body/media-type.ts";
import { dropBody, readBody } from "../body/read-body.ts";
import { counted } from "../counted.ts";
import { closesConnection, errorHeaders, leavesBody } from "../error-response.ts";
import { describeAnswers, describeEvent } from "../openapi/api-description.ts";

/** Pages of any site may send events; browsers send no credentials with them. */
const ANY_ORIGIN = { "Access-Control-Allow-Origin": "*" };
/** `Headers`, because the runtime would read a plain object again for each response. */
const ACCEPTED = {
  status: 202,
  headers: new Headers({ ...ANY_ORIGIN, "Content-Type": "application/json" }),
};
const JSON_MEDIA = { mediaType: "application/json", encodings: [] };
const PREFLIGHT = {
  status: 204,
  headers: {
    ...ANY_ORIGIN,
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "Content-Type",
    "Access-Control-Max-Age": "86400",
  },
};

export function eventRoute(parts: AcceptParts) {
  const { metrics } = parts;
  return new Elysia()
    .options("/event", async () => await counted(metrics, "/event", preflightResponse), {
      detail: { hide: true },
    })
    .post("/event", ({ request }) => postEvent(request, parts), {
      parse: "none",
      detail: {
        summary: "Send an event",
        description:
          "Validates the event and responds once Redis has it. Safe to repeat with the same `event_id`: it counts once.",
        tags: ["events"],
        requestBody: { required: true, content: describeEvent() },
        responses: describeAnswers({
          status: 202,
          answer: {
            description: "Accepted: the event will be stored.",
            example: { status: "accepted", event_id: "0199e8a5-7a5c-7c3e-9a54-3f1f0b8f2c11" },
          },
          errors: [
            "invalid_json",
            "slow_body",
            "body_too_large",
            "unsupported_media_type",
            "invalid_field",
            "stream_unavailable",
          ],
        }),
      },
    });
}

function preflightResponse(): Response {
  return new Response(null, PREFLIGHT);
}

async function postEvent(request: Request, parts: AcceptParts): Promise<Response> {
  const startedAtMs = performance.now();
  const reply = await acceptEvents({ protocol: native, readBody: () => readJson(request) }, parts);
  parts.metrics.answered("/event", reply.status, startedAtMs);
  if (reply.error === undefined) return new Response(reply.body, ACCEPTED);
  const headers = leavesBody(reply.error) ? await dropBody(request) : {};
  // Bun 1.4.5 handles requests inside the loop that accepts connections. Closing one there lets its client open another, so a flood
  // would keep the thread in that loop.
  if (closesConnection(reply.error)) await nextTurn();
  return refusal(reply, { ...headers, ...errorHeaders(reply.error) });
}

function readJson(request: Request): Promise<Uint8Array> {
  expectMediaType(request.headers, JSON_MEDIA);
  return readBody(request, BODY_BYTES_MAX);
}

function refusal({ status, body }: Reply, more: Record<string, string>): Response {
  const headers = { ...ANY_ORIGIN, ...more, "Content-Type": "application/json;charset=utf-8" };
  return new Response(body, { status, headers });
}
