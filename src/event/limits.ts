import { DAY_MS } from "./day.ts";

/** Bytes are of UTF-8. The dashboard knows these limits too. */
export { LABEL_BYTES_MAX, PROPERTY_NAME_BYTES_MAX, SITE_ID_BYTES_MAX } from "../text-limits.ts";

/** A key must fit a PostgreSQL B-tree entry of 2,704 bytes. */
export const EVENT_TYPE_BYTES_MAX = 64;
export const PATH_BYTES_MAX = 2_048;
export const USER_ID_BYTES_MAX = 256;

export const HOSTNAME_BYTES_MAX = 255;
export const REFERRER_BYTES_MAX = 2_048;
/** Read, not stored: only its parts count. Most servers take shorter ones, pages may set longer ones. */
export const URL_BYTES_MAX = 16 * 1_024;
export const TITLE_BYTES_MAX = 512;
/** RFC 5646 asks for room for 35 characters. */
export const LANGUAGE_BYTES_MAX = 35;

export const PROPERTIES_MAX = 32;
export const PROPERTY_VALUE_BYTES_MAX = 1_024;
/** Of all names and values together, as JSON. */
export const PROPERTIES_BYTES_MAX = 8 * 1_024;

/** Of an event. Bounds the reply to a body of many unknown names. */
export const IGNORED_FIELDS_MAX = 100;

/** Code points: only a hash of the key is stored. */
export const EVENT_ID_CHARACTERS_MAX = 200;

export const BODY_BYTES_MAX = 64 * 1_024;

export const BATCH_EVENTS_MAX = 10_000;
export const BATCH_BYTES_MAX = 4 * 1_024 * 1_024;
/** Inflated. JSON is scanned at once for its events, which stops a thread for 1 to 5 ms a MiB. */
export const BATCH_JSON_BYTES_MAX = 4 * 1_024 * 1_024;
export const BATCH_NDJSON_BYTES_MAX = 16 * 1_024 * 1_024;

export const TIMESTAMP_MIN = "2000-01-01T00:00:00.000Z";
export const TIMESTAMP_AHEAD_MS_MAX = DAY_MS;

/** Local time sent as UTC is up to 14 hours ahead; 10 more stay within `TIMESTAMP_AHEAD_MS_MAX`. */
export const CLOCK_DIFFERENCE_MS_MAX = 10 * 60 * 60 * 1_000;

/** Of the dates in one header of a response: some proxies refuse longer ones. */
export const HEADER_CHARACTERS_MAX = 4_000;

export const TOP_PATHS_DEFAULT = 10;
export const TOP_PATHS_MAX = 1_000;

/** A day. */
export const ENGAGED_MS_MAX = 86_400_000;
