import { type AnalyticsEvent, EVENT_FIELDS } from "./event.ts";
import { eventIdOf } from "./event-id.ts";

export type FieldProblems = Readonly<Record<string, string>>;

export type ParsedEvent =
  | { readonly kind: "event"; readonly event: AnalyticsEvent }
  | {
      readonly kind: "invalid";
      readonly fields: FieldProblems;
      /** Whether only the timestamp is wrong, being too far ahead. */
      readonly isAhead: boolean;
    };

export interface ParseContext {
  readonly nowMs: number;
  readonly mintEventId: () => string;
}

/** Ignores unknown fields. PostgreSQL can store every valid event. */
export function parseEvent(
  body: Readonly<Record<string, unknown>>,
  context: ParseContext,
): ParsedEvent {
  const event = validEvent(body, context);
  if (event !== undefined) return { kind: "event", event };
  const isAhead = validEvent(body, { ...context, nowMs: Number.POSITIVE_INFINITY }) !== undefined;
  return { kind: "invalid", fields: problemsOf(body, context.nowMs), isAhead };
}

function validEvent(
  body: Readonly<Record<string, unknown>>,
  { nowMs, mintEventId }: ParseContext,
): AnalyticsEvent | undefined {
  const event: { -readonly [Key in keyof AnalyticsEvent]: AnalyticsEvent[Key] } = {
    eventId: "",
    siteId: "",
    eventType: "",
    path: "",
    userId: "",
    timestamp: "",
  };
  for (const { key, name, type, isRequired } of EVENT_FIELDS) {
    const value = body[name];
    if (value === undefined && !isRequired) continue;
    const parsed = type.parse(value, nowMs);
    if (parsed === undefined) return undefined;
    event[key] = parsed;
  }
  event.eventId = event.eventId === "" ? mintEventId() : eventIdOf(event.siteId, event.eventId);
  return event;
}

function problemsOf(body: Readonly<Record<string, unknown>>, nowMs: number): FieldProblems {
  const problems: Record<string, string> = {};
  for (const { name, type, isRequired } of EVENT_FIELDS) {
    const value = body[name];
    if (value === undefined && !isRequired) continue;
    if (type.parse(value, nowMs) === undefined) problems[name] = type.problem(name, value);
  }
  return problems;
}
