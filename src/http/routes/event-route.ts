import { setImmediate as nextTurn } from "node:timers/promises";
import { Elysia } from "elysia";
import { errorText, QueueFlowError, statusOf } from "../../errors.ts";
import { parseEvent } from "../../event/parse-event.ts";
import type { Log } from "../../log/log.ts";
import type { IngestMetrics } from "../../metrics/ingest-metrics.ts";
import type { Producer } from "../../stream/producer.ts";
import { expectJson, parseJsonObject, readBody } from "../body/read-json.ts";
import { counted } from "../counted.ts";
import {
  closesConnection,
  errorAnswer,
  invalidFieldsAnswer,
  isServerFault,
} from "../error-answer.ts";
import { describeAnswers, describeEvent } from "../openapi/api-description.ts";

/** Pages of any site may send events; no cookie or other credential goes with them. */
const ANY_ORIGIN = { "Access-Control-Allow-Origin": "*" };
/** Made once: a plain object would be read anew for each answer. */
const ACCEPTED = {
  status: 202,
  headers: new Headers({ ...ANY_ORIGIN, "Content-Type": "application/json" }),
};
const PREFLIGHT = {
  status: 204,
  headers: {
    ...ANY_ORIGIN,
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "Content-Type",
    "Access-Control-Max-Age": "86400",
  },
};

/** What `POST /event` works with. */
export interface EventParts {
  readonly producer: Producer;
  /** Rejects with why an event must not be refused for its timestamp: the clock of this machine may be wrong. */
  readonly confirmClock: () => Promise<void>;
  readonly metrics: IngestMetrics;
  readonly log: Log;
}

/**
 * `POST /event`: validates, appends to the stream, answers 202 once Redis has the event. An event that
 * could not be appended for sure is answered with 503 and its id, under which it can be sent again.
 */
export function eventRoute(parts: EventParts) {
  return new Elysia()
    .options("/event", async () => await counted(parts.metrics, "/event", answerPreflight), {
      detail: { hide: true },
    })
    .post("/event", ({ request }) => acceptEvent(request, parts), {
      parse: "none",
      detail: {
        summary: "Send an event",
        description:
          "Validates the event and answers once Redis has it. Safe to repeat with the same `event_id`: it counts once.",
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

function answerPreflight(): Response {
  return new Response(null, PREFLIGHT);
}

async function acceptEvent(
  request: Request,
  { producer, confirmClock, metrics, log }: EventParts,
): Promise<Response> {
  const startedAtMs = performance.now();
  let eventId: string | undefined;
  try {
    expectJson(request);
    const body = parseJsonObject(await readBody(request));
    const parsed = parseEvent(body, { nowMs: Date.now(), mintEventId: Bun.randomUUIDv7 });
    if (parsed.kind === "invalid") {
      if (parsed.isAhead) await confirmClock();
      metrics.refused("invalid_field", { status: statusOf("invalid_field"), startedAtMs });
      return invalidFieldsAnswer(parsed.fields, ANY_ORIGIN);
    }
    eventId = parsed.event.eventId;
    await producer.append([parsed.event]);
    metrics.accepted(startedAtMs);
    return new Response(`{"status":"accepted","event_id":"${eventId}"}`, ACCEPTED);
  } catch (error) {
    if (isServerFault(error))
      log.error({ error: errorText(error) }, "An event could not be accepted");
    const reason = error instanceof QueueFlowError ? error.code : "internal";
    metrics.refused(reason, { status: statusOf(reason), startedAtMs });
    // The runtime (Bun 1.4.5) handles a request while it accepts connections, until none is left to accept. A connection that is
    // closed there makes room for the same client's next one, so that a flood of them would keep the loop from all else.
    if (closesConnection(reason)) await nextTurn();
    return errorAnswer(error, {
      headers: ANY_ORIGIN,
      ...(eventId === undefined ? {} : { eventId }),
    });
  }
}
