import { type Static, Type } from "@sinclair/typebox";
import {
  EVENT_ID_CHARACTERS_MAX,
  EVENT_TYPE_BYTES_MAX,
  PATH_BYTES_MAX,
  SITE_ID_BYTES_MAX,
  USER_ID_BYTES_MAX,
} from "./limits.ts";

/**
 * What a client sends, as its types: five required strings and an optional key. Lengths here are
 * upper bounds in characters, for the API's description; `parse-event.ts` counts the bytes.
 */
export const EventBody = Type.Object({
  site_id: Type.String({
    minLength: 1,
    maxLength: SITE_ID_BYTES_MAX,
    description: `The site, 1 to ${SITE_ID_BYTES_MAX} bytes of UTF-8.`,
    examples: ["example.com"],
  }),
  event_type: Type.String({
    minLength: 1,
    maxLength: EVENT_TYPE_BYTES_MAX,
    description: `What happened, 1 to ${EVENT_TYPE_BYTES_MAX} bytes of UTF-8.`,
    examples: ["page_view"],
  }),
  path: Type.String({
    minLength: 1,
    maxLength: PATH_BYTES_MAX,
    description: `Where it happened, 1 to ${PATH_BYTES_MAX} bytes of UTF-8.`,
    examples: ["/pricing"],
  }),
  user_id: Type.String({
    minLength: 1,
    maxLength: USER_ID_BYTES_MAX,
    description: `Who did it, 1 to ${USER_ID_BYTES_MAX} bytes of UTF-8.`,
    examples: ["user-42"],
  }),
  timestamp: Type.String({
    format: "date-time",
    description:
      "When it happened: ISO 8601 with an offset, from 2000-01-01 to 24 hours ahead of the server. Kept to the millisecond.",
    examples: ["2026-01-15T09:30:00Z"],
  }),
  event_id: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: EVENT_ID_CHARACTERS_MAX,
      description:
        "The client's idempotency key: a UUID is kept, any other string becomes the UUIDv5 of site and string. Sent again, it counts once.",
      examples: ["order-1001-paid"],
    }),
  ),
});
/** A client's event, as far as its types go. */
export type EventBody = Static<typeof EventBody>;

/**
 * A valid event: every string within its limit, well-formed and without NUL; `eventId` a lower-case
 * UUID; `timestamp` the instant as `YYYY-MM-DDTHH:MM:SS.sssZ`, whose first ten characters are the UTC day.
 */
export interface AnalyticsEvent {
  readonly eventId: string;
  readonly siteId: string;
  readonly eventType: string;
  readonly path: string;
  readonly userId: string;
  readonly timestamp: string;
}

/** A valid event as it comes out of the stream, with the instant at which Redis received it. */
export interface ReceivedEvent extends AnalyticsEvent {
  readonly receivedAt: string;
}
