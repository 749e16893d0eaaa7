import { eventKeyType } from "./event-id.ts";
import type { FieldType } from "./field-type.ts";
import { integerType } from "./integer-field.ts";
import {
  ENGAGED_MS_MAX,
  EVENT_TYPE_BYTES_MAX,
  HOSTNAME_BYTES_MAX,
  LABEL_BYTES_MAX,
  LANGUAGE_BYTES_MAX,
  PATH_BYTES_MAX,
  REFERRER_BYTES_MAX,
  SITE_ID_BYTES_MAX,
  TITLE_BYTES_MAX,
  USER_ID_BYTES_MAX,
} from "./limits.ts";
import { propertiesType } from "./properties.ts";
import { patternType, textType } from "./text-field.ts";
import { timestampType } from "./timestamp.ts";

export interface EventField {
  readonly key: string;
  /** In JSON, the stream and the table `events`. */
  readonly name: string;
  readonly type: FieldType;
  readonly isRequired: boolean;
  readonly description: string;
  readonly example: unknown;
}

/** Each is a field of the stream entry, in this order: entries with equal names are small in Redis and quick to decode. */
export const CORE_FIELDS = [
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

/** The stream entry has one field for all of them. One that is invalid is left out, and does not cost the event. */
export const OPTIONAL_FIELDS = [
  optional(
    "hostname",
    "hostname",
    textType(HOSTNAME_BYTES_MAX),
    "The host name of the page.",
    "example.com",
  ),
  optional(
    "referrer",
    "referrer",
    textType(REFERRER_BYTES_MAX),
    "The URL that led here.",
    "https://www.google.com/",
  ),
  optional(
    "utmSource",
    "utm_source",
    textType(LABEL_BYTES_MAX),
    "The source of a campaign.",
    "newsletter",
  ),
  optional(
    "utmMedium",
    "utm_medium",
    textType(LABEL_BYTES_MAX),
    "The medium of a campaign.",
    "email",
  ),
  optional(
    "utmCampaign",
    "utm_campaign",
    textType(LABEL_BYTES_MAX),
    "The name of a campaign.",
    "spring-sale",
  ),
  optional(
    "utmTerm",
    "utm_term",
    textType(LABEL_BYTES_MAX),
    "The search term of a campaign.",
    "event pipeline",
  ),
  optional(
    "utmContent",
    "utm_content",
    textType(LABEL_BYTES_MAX),
    "The variant of a campaign.",
    "button",
  ),
  optional("title", "title", textType(TITLE_BYTES_MAX), "The title of the page.", "Pricing"),
  optional(
    "language",
    "language",
    textType(LANGUAGE_BYTES_MAX),
    "The language, a BCP 47 tag.",
    "en-GB",
  ),
  optional(
    "screen",
    "screen",
    patternType(/^\d{1,5}x\d{1,5}$/, "1920x1080"),
    "Width and height of the screen.",
    "1920x1080",
  ),
  optional(
    "country",
    "country",
    patternType(/^[A-Z]{2}$/, "DE"),
    "The country, two letters of ISO 3166-1.",
    "DE",
  ),
  optional("device", "device", textType(LABEL_BYTES_MAX), "The kind of device.", "desktop"),
  optional("browser", "browser", textType(LABEL_BYTES_MAX), "The browser.", "Firefox"),
  optional("os", "os", textType(LABEL_BYTES_MAX), "The operating system.", "Linux"),
  optional(
    "sessionId",
    "session_id",
    textType(USER_ID_BYTES_MAX),
    "The client's own session.",
    "s-7f3a",
  ),
  optional(
    "properties",
    "properties",
    propertiesType,
    "Anything else: a flat object of strings, numbers, booleans and nulls.",
    { plan: "pro" },
  ),
  optional(
    "engagedMs",
    "engaged_ms",
    integerType(0, ENGAGED_MS_MAX),
    "How long the page was looked at, in milliseconds.",
    12_000,
  ),
] as const;

/** What the engine knows and no client may say. */
export const INTERNAL_FIELDS = [
  optional(
    "visitor",
    "visitor",
    patternType(/^daily$/, "daily"),
    "`daily` when user_id stands for a visitor of one day only.",
    "daily",
  ),
] as const;

export const STORED_OPTIONAL_FIELDS = [...OPTIONAL_FIELDS, ...INTERNAL_FIELDS] as const;

export const EVENT_FIELDS: readonly EventField[] = [...CORE_FIELDS, ...OPTIONAL_FIELDS];

/** A valid event: `eventId` is a lower-case UUID, and `timestamp` is `YYYY-MM-DDTHH:MM:SS.sssZ`. `properties` is JSON. */
export type AnalyticsEvent = {
  readonly [K in (typeof CORE_FIELDS)[number]["key"]]: string;
} & { readonly [K in (typeof STORED_OPTIONAL_FIELDS)[number]["key"]]?: string };

/** An event that its reader has not given away yet. */
export type MutableEvent = { -readonly [Key in keyof AnalyticsEvent]: AnalyticsEvent[Key] };

export interface ReceivedEvent extends AnalyticsEvent {
  readonly receivedAt: string;
}

function optional<Key extends string, Name extends string>(
  key: Key,
  name: Name,
  ...[type, description, example]: [type: FieldType, description: string, example: unknown]
) {
  return { key, name, type, isRequired: false, description, example } as const;
}
