import { describeValue } from "./describe-value.ts";
import { TIMESTAMP_AHEAD_MS_MAX, TIMESTAMP_MIN } from "./limits.ts";

const ISO_8601 =
  /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?:Z|([+-])(\d{2})(?::?(\d{2}))?)$/i;
const TIMESTAMP_MIN_MS = Date.parse(TIMESTAMP_MIN);
/** An instant of the years 0000 to 9999 is written in exactly this many characters. */
const CANONICAL_LENGTH = TIMESTAMP_MIN.length;
const WHOLE_SECONDS_LENGTH = CANONICAL_LENGTH - ".000".length;

/** A parsed timestamp: the instant in canonical form, or what is wrong with it. */
export type TimestampResult =
  | { readonly kind: "instant"; readonly canonical: string }
  | { readonly kind: "problem"; readonly problem: string };

/**
 * Reads an ISO 8601 date and time with an offset, to the millisecond, into `YYYY-MM-DDTHH:MM:SS.sssZ`.
 * `Date.parse` alone will not do: it takes "1" for 2001 and 30 February for 2 March. Leap seconds and
 * 24:00 are refused, as are instants before 2000-01-01 or more than 24 hours after `nowMs`.
 */
export function parseTimestamp(value: unknown, nowMs: number): TimestampResult {
  if (typeof value !== "string") return malformed(value);
  const withMs = withMilliseconds(value);
  const canonicalMs = withMs.length === CANONICAL_LENGTH ? canonicalToMs(withMs) : undefined;
  const instantMs = canonicalMs ?? isoToMs(value);
  if (instantMs === undefined) return malformed(value);
  if (instantMs < TIMESTAMP_MIN_MS || instantMs > nowMs + TIMESTAMP_AHEAD_MS_MAX) {
    return problem(
      `Expected timestamp to be from ${TIMESTAMP_MIN} to 24 hours ahead of the server, got ${describeValue(value)}`,
    );
  }
  return {
    kind: "instant",
    canonical: canonicalMs === undefined ? new Date(instantMs).toISOString() : withMs,
  };
}

function malformed(value: unknown): TimestampResult {
  return problem(
    `Expected timestamp to be an existing ISO 8601 date and time with an offset, such as 2026-01-15T09:30:00Z, got ${describeValue(value)}`,
  );
}

function problem(text: string): TimestampResult {
  return { kind: "problem", problem: text };
}

/** Nearly all events come in whole seconds or canonical: both are read without the expression, in a quarter of its time. */
function withMilliseconds(text: string): string {
  return text.length === WHOLE_SECONDS_LENGTH && text.endsWith("Z")
    ? `${text.slice(0, -1)}.000Z`
    : text;
}

/** The instant of a string that is already canonical; anything else is `undefined`. */
function canonicalToMs(text: string): number | undefined {
  const ms = Date.parse(text);
  return !Number.isNaN(ms) && new Date(ms).toISOString() === text ? ms : undefined;
}

function isoToMs(text: string): number | undefined {
  const match = ISO_8601.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second = "00", fraction = "", sign, hours, minutes] =
    match;
  const millisecond = fraction.slice(0, 3).padEnd(3, "0");
  const localMs = canonicalToMs(
    `${year}-${month}-${day}T${hour}:${minute}:${second}.${millisecond}Z`,
  );
  if (localMs === undefined) return undefined;
  const offsetHours = Number(hours ?? 0);
  const offsetMinutes = Number(minutes ?? 0);
  if (offsetHours > 23 || offsetMinutes > 59) return undefined;
  const offsetMs = (offsetHours * 60 + offsetMinutes) * 60_000;
  return sign === "-" ? localMs + offsetMs : localMs - offsetMs;
}
