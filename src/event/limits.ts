import { DAY_MS } from "./day.ts";

/**
 * Limits on an event; the README states them. Byte limits count UTF-8, so that each key fits a PostgreSQL B-tree entry
 * (at most 2,704 bytes).
 */
export const SITE_ID_BYTES_MAX = 128;
export const EVENT_TYPE_BYTES_MAX = 64;
export const PATH_BYTES_MAX = 2_048;
export const USER_ID_BYTES_MAX = 256;

/** In code points, not bytes, since a hash of the key is stored. */
export const EVENT_ID_CHARACTERS_MAX = 200;

/** The body of a request. */
export const BODY_BYTES_MAX = 64 * 1_024;

/** The earliest timestamp, and how far ahead of the server's clock the latest may be. */
export const TIMESTAMP_MIN = "2000-01-01T00:00:00.000Z";
export const TIMESTAMP_AHEAD_MS_MAX = DAY_MS;

/**
 * Nothing is accepted when the clocks of this machine and of Redis differ by more, in milliseconds: one of them is wrong, and
 * there is no way to know which. A local time sent as UTC is up to 14 hours ahead (UTC+14); another 10 hours are still within
 * `TIMESTAMP_AHEAD_MS_MAX`, so below this limit a wrong clock refuses no valid event.
 */
export const CLOCK_DIFFERENCE_MS_MAX = 10 * 60 * 60 * 1_000;

/** Paths that `GET /stats` returns without `limit`, and at most. */
export const TOP_PATHS_DEFAULT = 10;
export const TOP_PATHS_MAX = 1_000;
