import { describeValue } from "./describe-value.ts";
import { type AnalyticsEvent, EVENT_FIELDS } from "./event.ts";
import { isUuid } from "./event-id.ts";
import { TIMESTAMP_AHEAD_MS_MAX, TIMESTAMP_MIN } from "./limits.ts";
import { type ParsedEvent, parseValues } from "./parse-event.ts";

/** Set on an entry whose id is not the time at which Redis received it: that time, in milliseconds since 1970. */
export const RECEIVED_FIELD = "received_at_ms";

const RECEIVED_MS_MIN = Date.parse(TIMESTAMP_MIN);

/** Appends the values of an event's entry to `into`, in the order of `EVENT_FIELDS`; an absent field is an empty string. */
export function pushEntryValues(event: AnalyticsEvent, into: string[]): void {
  for (const { key } of EVENT_FIELDS) into.push(event[key] ?? "");
}

/** Returns an event as field names and values in turn, as XADD takes them. */
export function encodeEntry(event: AnalyticsEvent): string[] {
  return EVENT_FIELDS.flatMap(({ key, name }) => [name, event[key] ?? ""]);
}

/**
 * Parses an entry's field names and values. Any program can write to the stream, so everything is checked again. An entry
 * without a UUID in `event_id` is invalid: a redelivery could not be told from a second event.
 *
 * `nowMs` must not be earlier than when Redis received the entry. The ingest thread that accepted the event may have been ahead
 * of Redis by `CLOCK_DIFFERENCE_MS_MAX`, so timestamps may be another 24 hours ahead.
 */
export function decodeEntry(flatFields: readonly string[], nowMs: number): ParsedEvent {
  const values = ownValues(flatFields) ?? namedValues(flatFields);
  const parsed = parseValues(values, {
    nowMs: nowMs + TIMESTAMP_AHEAD_MS_MAX,
    mintEventId: () => "",
  });
  const [eventId] = values;
  if (eventId !== undefined && isUuid(eventId)) return parsed;
  const fields = parsed.kind === "invalid" ? parsed.fields : {};
  const problem = `Expected event_id to be a UUID, got ${describeValue(eventId)}`;
  return { kind: "invalid", fields: { ...fields, event_id: problem }, isAhead: false };
}

/** Returns the time in `RECEIVED_FIELD`, in milliseconds since 1970; undefined when it is absent or implausible. */
export function carriedReceivedMs(flatFields: readonly string[]): number | undefined {
  if (flatFields.length === 2 * EVENT_FIELDS.length) return undefined;
  const text = entryFields(flatFields)[RECEIVED_FIELD];
  if (text === undefined || !/^\d{1,15}$/.test(text)) return undefined;
  return Number(text) >= RECEIVED_MS_MIN ? Number(text) : undefined;
}

/** Returns an entry's field names and values as a record; of a repeated name, the last value wins. */
export function entryFields(flatFields: readonly string[]): Record<string, string> {
  const fields: Record<string, string> = Object.create(null);
  for (const [i, text] of flatFields.entries()) {
    const name = flatFields[i - 1];
    if (i % 2 === 1 && name !== undefined) fields[name] = text;
  }
  return fields;
}

/** The values of an entry as `encodeEntry` writes it, in a fifth of the time of `namedValues`; undefined for any other entry. */
function ownValues(flat: readonly string[]): (string | undefined)[] | undefined {
  if (flat.length !== 2 * EVENT_FIELDS.length) return undefined;
  const values: (string | undefined)[] = [];
  for (const field of EVENT_FIELDS) {
    const at = 2 * values.length;
    if (flat[at] !== field.name) return undefined;
    values.push(valueOf(field, flat[at + 1]));
  }
  return values;
}

function namedValues(flat: readonly string[]): (string | undefined)[] {
  const fields = entryFields(flat);
  return EVENT_FIELDS.map((field) => valueOf(field, fields[field.name]));
}

/** An empty string stands for an absent optional field; `event_id` has to be there. */
function valueOf({ name, isRequired }: (typeof EVENT_FIELDS)[number], text: string | undefined) {
  return text === "" && !isRequired && name !== "event_id" ? undefined : text;
}
