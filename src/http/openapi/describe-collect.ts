import { AGE_FIELD, AGE_MS_MAX, BEACON_FIELDS } from "../../collect/beacon.ts";
import { type ErrorCode, statusOf } from "../../errors.ts";
import { EVENT_FIELDS } from "../../event/event.ts";
import { URL_FIELD } from "../../event/url-field.ts";
import { describeAnswers } from "./api-description.ts";
import { EVENT_ERRORS } from "./event-errors.ts";

const ERRORS: readonly ErrorCode[] = [...EVENT_ERRORS, "wrong_origin"];
/** An image has no body to refuse. */
const PIXEL_ERRORS = ERRORS.filter((code) => !/body|json|media/.test(code));
const IMAGE = { "image/gif": {} };
const EXAMPLE = {
  site_id: "example.com",
  url: "https://example.com/pricing?utm_source=newsletter",
};
const KEY = {
  name: "key",
  in: "query" as const,
  description: "A browser or write key of the site. Needed once the site has one.",
  schema: { type: "string" as const },
};

export function describeBeacon() {
  const schema = {
    type: "object" as const,
    properties: Object.fromEntries(BEACON_FIELDS.map((name) => [name, schemaOf(name)])),
    required: ["site_id", URL_FIELD],
  };
  const example = { schema, example: EXAMPLE };
  return {
    summary: "Send an event from a browser",
    description:
      "For `navigator.sendBeacon`: JSON as text/plain, so that no preflight is needed. The server adds the time, the visitor, the device and the country. An event that is not wanted, such as a robot's, gets 202 with the reason in `X-QueueFlow-Dropped`.",
    tags: ["events"],
    parameters: [KEY],
    requestBody: {
      required: true,
      content: { "text/plain": example, "application/json": example },
    },
    responses: describeAnswers({
      status: 202,
      answer: {
        description: "Accepted, or dropped.",
        example: { status: "accepted", event_id: "0199e8a5-7a5c-7c3e-9a54-3f1f0b8f2c11" },
      },
      errors: ERRORS,
    }),
  };
}

export function describePixel() {
  return {
    summary: "Send an event by an image",
    description:
      "For pages without script, and for mail. Responds with a transparent pixel, also when the event is refused: `X-QueueFlow-Error` then has the code. `url` may be absent where the browser sends a `Referer`.",
    tags: ["events"],
    parameters: [
      KEY,
      ...BEACON_FIELDS.map((name) => ({
        name,
        in: "query" as const,
        ...(name === "site_id" ? { required: true } : {}),
        schema: schemaOf(name),
      })),
    ],
    responses: {
      200: { description: "A pixel.", content: IMAGE },
      ...Object.fromEntries(
        [...Map.groupBy(PIXEL_ERRORS, statusOf)].map(
          ([status, codes]) =>
            [status, { description: codes.join(" or "), content: IMAGE }] as const,
        ),
      ),
    },
  };
}

function schemaOf(name: string): Readonly<Record<string, unknown>> {
  if (name === AGE_FIELD) {
    const description = "How long ago it happened, in milliseconds.";
    return { type: "integer", minimum: 0, maximum: AGE_MS_MAX, default: 0, description };
  }
  if (name === URL_FIELD) {
    return { type: "string", description: "The page. Gives hostname, path and the utm fields." };
  }
  const field = EVENT_FIELDS.find((each) => each.name === name);
  return field === undefined ? {} : { ...field.type.schema, description: field.description };
}
