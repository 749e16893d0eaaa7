import { type AnalyticsEvent, EVENT_FIELDS } from "./event.ts";
import { eventIdOf } from "./event-id.ts";

/** One sentence for each invalid field, by its name. */
export type FieldProblems = Readonly<Record<string, string>>;

/** A valid event, or everything that is wrong with it. */
export type ParsedEvent =
  | { readonly kind: "event"; readonly event: AnalyticsEvent }
  | {
      readonly kind: "invalid";
      readonly fields: FieldProblems;
      /** Whether the clock is the only reason: the timestamp is too far ahead of it. */
      readonly isAhead: boolean;
    };

/** What parsing needs from outside, so that it stays pure: the clock, and ids for events without one. */
export interface ParseContext {
  readonly nowMs: number;
  readonly mintEventId: () => string;
}

/**
 * Parses an event from an object of unknown fields; ignores other fields. PostgreSQL can store every event that is valid here.
 * Reports all problems at once.
 */
export function parseEvent(
  body: Readonly<Record<string, unknown>>,
  context: ParseContext,
): ParsedEvent {
  return parseValues(
    EVENT_FIELDS.map(({ name }) => body[name]),
    context,
  );
}

/** As `parseEvent`, from the values in the order of `EVENT_FIELDS`; undefined stands for an absent field. */
export function parseValues(values: readonly unknown[], context: ParseContext): ParsedEvent {
  const event = validEvent(values, context);
  if (event !== undefined) return { kind: "event", event };
  const isAhead = validEvent(values, { ...context, nowMs: Number.POSITIVE_INFINITY }) !== undefined;
  return { kind: "invalid", fields: problemsOf(values, context.nowMs), isAhead };
}

function validEvent(
  values: readonly unknown[],
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
  let i = 0;
  for (const { key, type, isRequired } of EVENT_FIELDS) {
    const value = values[i];
    i += 1;
    if (value === undefined && !isRequired) continue;
    const parsed = type.parse(value, nowMs);
    if (parsed === undefined) return undefined;
    event[key] = parsed;
  }
  event.eventId = event.eventId === "" ? mintEventId() : eventIdOf(event.siteId, event.eventId);
  return event;
}

function problemsOf(values: readonly unknown[], nowMs: number): FieldProblems {
  const problems: Record<string, string> = {};
  for (const [i, { name, type, isRequired }] of EVENT_FIELDS.entries()) {
    const value = values[i];
    if (value === undefined && !isRequired) continue;
    if (type.parse(value, nowMs) === undefined) problems[name] = type.problem(name, value);
  }
  return problems;
}
