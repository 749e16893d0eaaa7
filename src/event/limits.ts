import { DAY_MS } from "./day.ts";

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

/** A whole request body, and how long it may take to arrive after its headers, in milliseconds. */
export const BODY_BYTES_MAX = 64 * 1_024;
export const BODY_DEADLINE_MS = 8_000;
/** Chunks of a chunked body: each costs about 1 µs, however small it is. */
export const BODY_CHUNKS_MAX = 1_024;
/** All bodies that are arriving in one thread, by the bytes that each may still grow to. */
export const ARRIVING_BYTES_MAX = 32 * 1_024 * 1_024;

/** The earliest instant of an event, and how far ahead of the server's clock the latest may be. */
export const TIMESTAMP_MIN = "2000-01-01T00:00:00.000Z";
export const TIMESTAMP_AHEAD_MS_MAX = DAY_MS;

/**
 * Accepting stops when the clocks of this machine and of Redis differ by more, in milliseconds: one of them is wrong, and
 * nobody can tell which. An event stamped with any local time as if it were UTC is up to 14 hours ahead (UTC+14), so with 10 hours
 * of difference it is still within `TIMESTAMP_AHEAD_MS_MAX`: below this limit a wrong clock refuses no right event.
 */
export const CLOCK_DIFFERENCE_MS_MAX = 10 * 60 * 60 * 1_000;

/** How many paths an answer of `GET /stats` has when `limit` is absent, and at most. */
export const TOP_PATHS_DEFAULT = 10;
export const TOP_PATHS_MAX = 1_000;
