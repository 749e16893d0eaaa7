import type { AnalyticsEvent } from "./event.ts";
import { eventIdOf, eventIdProblem, isEventKey } from "./event-id.ts";
import {
  EVENT_TYPE_BYTES_MAX,
  PATH_BYTES_MAX,
  SITE_ID_BYTES_MAX,
  USER_ID_BYTES_MAX,
} from "./limits.ts";
import { isText, textProblem } from "./text-field.ts";
import { parseTimestamp, type TimestampResult } from "./timestamp.ts";

/** What is wrong, by the name of the field: one sentence each. */
export type FieldProblems = Readonly<Record<string, string>>;

/** A valid event, or everything that is wrong with it. */
export type ParsedEvent =
  | { readonly kind: "event"; readonly event: AnalyticsEvent }
  | { readonly kind: "invalid"; readonly fields: FieldProblems };

/** What parsing needs from outside, so that it stays pure: the clock, and ids for events without one. */
export interface ParseContext {
  readonly nowMs: number;
  readonly mintEventId: () => string;
}

/**
 * Reads an event from an object of unknown fields; unknown ones are ignored. Whatever is accepted
 * here can be stored: each string fits its index and survives PostgreSQL unchanged. All problems are
 * reported at once.
 */
export function parseEvent(
  body: Readonly<Record<string, unknown>>,
  context: ParseContext,
): ParsedEvent {
  const { site_id, event_type, path, user_id, timestamp, event_id } = body;
  const instant = parseTimestamp(timestamp, context.nowMs);
  if (
    isText(site_id, SITE_ID_BYTES_MAX) &&
    isText(event_type, EVENT_TYPE_BYTES_MAX) &&
    isText(path, PATH_BYTES_MAX) &&
    isText(user_id, USER_ID_BYTES_MAX) &&
    instant.kind === "instant" &&
    (event_id === undefined || isEventKey(event_id))
  ) {
    const eventId = event_id === undefined ? context.mintEventId() : eventIdOf(site_id, event_id);
    const event = {
      eventId,
      siteId: site_id,
      eventType: event_type,
      path,
      userId: user_id,
      timestamp: instant.canonical,
    };
    return { kind: "event", event };
  }
  return { kind: "invalid", fields: problemsOf(body, instant) };
}

/** Whether an object is a valid event but for the clock: its timestamp is too far ahead of it, and nothing else is wrong. */
export function isEventAhead(body: Readonly<Record<string, unknown>>): boolean {
  const context = { nowMs: Number.POSITIVE_INFINITY, mintEventId: () => "" };
  return parseEvent(body, context).kind === "event";
}

function problemsOf(
  body: Readonly<Record<string, unknown>>,
  instant: TimestampResult,
): FieldProblems {
  const { site_id, event_type, path, user_id, event_id } = body;
  const problems = {
    site_id: textProblem("site_id", site_id, SITE_ID_BYTES_MAX),
    event_type: textProblem("event_type", event_type, EVENT_TYPE_BYTES_MAX),
    path: textProblem("path", path, PATH_BYTES_MAX),
    user_id: textProblem("user_id", user_id, USER_ID_BYTES_MAX),
    timestamp: instant.kind === "problem" ? instant.problem : undefined,
    event_id: event_id === undefined ? undefined : eventIdProblem(event_id),
  };
  return Object.fromEntries(
    Object.entries(problems).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
