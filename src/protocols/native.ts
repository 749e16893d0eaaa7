import { parseEvent } from "../event/parse-event.ts";
import { errorReply } from "./error-body.ts";
import { expectObject, parseJson } from "./json.ts";
import type { Protocol } from "./protocol.ts";

const BODY = "the body";

/** One event as a JSON object. */
export const native: Protocol = {
  parse: (body, context) => [parseEvent(expectObject(parseJson(body, BODY), BODY), context)],
  reply: (outcomes, isStored) => {
    const [outcome] = outcomes;
    if (outcome === undefined) throw new Error("Expected the outcome of one event, got none");
    if (outcome.kind === "refused") {
      const { error, eventId } = outcome;
      return errorReply(error, eventId === undefined ? {} : { event_id: eventId });
    }
    if (outcome.kind === "dropped") {
      const { reason } = outcome;
      return { status: 202, body: `{"status":"dropped","reason":"${reason}"}`, dropped: reason };
    }
    const { eventId, ignored } = outcome;
    const more = ignored === undefined ? "" : `,"ignored":${JSON.stringify(Object.keys(ignored))}`;
    if (outcome.kind === "dead") {
      const reason = JSON.stringify(outcome.reason);
      const body = `{"status":"dead_letter","event_id":"${eventId}","reason":${reason}${more}}`;
      return { status: 200, body };
    }
    const status = isStored ? "stored" : "accepted";
    const body = `{"status":"${status}","event_id":"${eventId}"${more}}`;
    return { status: isStored ? 200 : 202, body };
  },
  refuse: errorReply,
};
