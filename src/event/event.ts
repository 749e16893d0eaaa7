import { eventKeyType } from "./event-id.ts";
import type { FieldType } from "./field-type.ts";
import {
  EVENT_TYPE_BYTES_MAX,
  PATH_BYTES_MAX,
  SITE_ID_BYTES_MAX,
  USER_ID_BYTES_MAX,
} from "./limits.ts";
import { textType } from "./text-field.ts";
import { timestampType } from "./timestamp.ts";

export interface EventField {
  readonly key: string;
  /** In JSON, the stream and the table `events`. */
  readonly name: string;
  readonly type: FieldType;
  readonly isRequired: boolean;
  readonly description: string;
  readonly example: string;
}

/** Append new fields at the end: entries in this order are small in Redis and quick to decode. */
export const EVENT_FIELDS = [
  {
    key: "eventId",
    name: "event_id",
    type: eventKeyType,
    isRequired: false,
    description:
      "The client's idempotency key: a UUID is kept, any other string becomes the UUIDv5 of site and string. Sent again, it counts once.",
    example: "order-1001-paid",
  },
  {
    key: "siteId",
    name: "site_id",
    type: textType(SITE_ID_BYTES_MAX),
    isRequired: true,
    description: `The site, 1 to ${SITE_ID_BYTES_MAX} bytes of UTF-8.`,
    example: "example.com",
  },
  {
    key: "eventType",
    name: "event_type",
    type: textType(EVENT_TYPE_BYTES_MAX),
    isRequired: true,
    description: `What happened, 1 to ${EVENT_TYPE_BYTES_MAX} bytes of UTF-8.`,
    example: "page_view",
  },
  {
    key: "path",
    name: "path",
    type: textType(PATH_BYTES_MAX),
    isRequired: true,
    description: `Where it happened, 1 to ${PATH_BYTES_MAX} bytes of UTF-8.`,
    example: "/pricing",
  },
  {
    key: "userId",
    name: "user_id",
    type: textType(USER_ID_BYTES_MAX),
    isRequired: true,
    description: `Who did it, 1 to ${USER_ID_BYTES_MAX} bytes of UTF-8.`,
    example: "user-42",
  },
  {
    key: "timestamp",
    name: "timestamp",
    type: timestampType,
    isRequired: true,
    description:
      "When it happened: ISO 8601 with an offset, from 2000-01-01 to 24 hours ahead of the server. Kept to the millisecond.",
    example: "2026-01-15T09:30:00Z",
  },
] as const satisfies readonly EventField[];

type Key = (typeof EVENT_FIELDS)[number]["key"];
type AlwaysPresentKey =
  | Extract<(typeof EVENT_FIELDS)[number], { isRequired: true }>["key"]
  | "eventId";

/** A valid event: `eventId` is a lower-case UUID, and `timestamp` is `YYYY-MM-DDTHH:MM:SS.sssZ`. */
export type AnalyticsEvent = { readonly [K in AlwaysPresentKey]: string } & {
  readonly [K in Exclude<Key, AlwaysPresentKey>]?: string;
};

export interface ReceivedEvent extends AnalyticsEvent {
  readonly receivedAt: string;
}
