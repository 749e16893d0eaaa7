/**
 * Every limit on an event, in one place; the README prints this table. Byte limits count UTF-8, so
 * that each key fits a PostgreSQL B-tree entry (2,704 bytes at most, "Index Row Size" in its manual).
 */
export const SITE_ID_BYTES_MAX = 128;
export const EVENT_TYPE_BYTES_MAX = 64;
export const PATH_BYTES_MAX = 2_048;
export const USER_ID_BYTES_MAX = 256;
/** Unicode code points, not bytes: the key is hashed into a UUID before it is stored. */
export const EVENT_ID_CHARACTERS_MAX = 200;
export const BODY_BYTES_MAX = 64 * 1_024;
export const TIMESTAMP_MIN = "2000-01-01T00:00:00.000Z";
export const TIMESTAMP_AHEAD_MS_MAX = 24 * 60 * 60 * 1_000;
