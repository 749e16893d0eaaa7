import { describeValue } from "./describe-value.ts";
import { type AnalyticsEvent, EVENT_FIELDS, type EventField } from "./event.ts";
import { isUuid } from "./event-id.ts";
import { TIMESTAMP_AHEAD_MS_MAX, TIMESTAMP_MIN } from "./limits.ts";
import { type ParsedEvent, parseEvent } from "./parse-event.ts";

/** When Redis received the entry, in milliseconds since 1970, if its id differs. */
export const RECEIVED_FIELD = "received_at_ms";

const RECEIVED_MS_MIN = Date.parse(TIMESTAMP_MIN);

export function pushEntryValues(event: AnalyticsEvent, into: string[]): void {
  for (const { key } of EVENT_FIELDS) into.push(event[key] ?? "");
}

/** Returns field names and values in turn, as XADD takes them. */
export function encodeEntry(event: AnalyticsEvent): string[] {
  return EVENT_FIELDS.flatMap(({ key, name }) => [name, event[key] ?? ""]);
}

/**
 * Parses an entry, which any program may have written. `event_id` must be a UUID, or a redelivery would be a second event. Timestamps
 * may be 48 hours after `nowMs`, since the ingest thread's clock may have been ahead.
 */
export function decodeEntry(flatFields: readonly string[], nowMs: number): ParsedEvent {
  const body = ownFields(flatFields) ?? presentFields(flatFields);
  const parsed = parseEvent(body, {
    nowMs: nowMs + TIMESTAMP_AHEAD_MS_MAX,
    mintEventId: () => "",
  });
  const eventId = body["event_id"];
  if (eventId !== undefined && isUuid(eventId)) return parsed;
  const fields = parsed.kind === "invalid" ? parsed.fields : {};
  const problem = `Expected event_id to be a UUID, got ${describeValue(eventId)}`;
  return { kind: "invalid", fields: { ...fields, event_id: problem }, isAhead: false };
}

export function carriedReceivedMs(flatFields: readonly string[]): number | undefined {
  if (!flatFields.includes(RECEIVED_FIELD)) return undefined;
  const text = entryFields(flatFields)[RECEIVED_FIELD];
  if (text === undefined || !/^\d{1,15}$/.test(text)) return undefined;
  return Number(text) >= RECEIVED_MS_MIN ? Number(text) : undefined;
}

export function entryFields(flatFields: readonly string[]): Record<string, string> {
  const fields: Record<string, string> = Object.create(null);
  for (const [i, text] of flatFields.entries()) {
    const name = flatFields[i - 1];
    if (i % 2 === 1 && name !== undefined) fields[name] = text;
  }
  return fields;
}

/** Decodes only what `encodeEntry` wrote, five times as fast as `presentFields`. */
function ownFields(flat: readonly string[]): Record<string, string> | undefined {
  if (flat.length !== 2 * EVENT_FIELDS.length) return undefined;
  const fields: Record<string, string> = {};
  let at = 0;
  for (const field of EVENT_FIELDS) {
    const value = flat[at + 1] ?? "";
    if (flat[at] !== field.name) return undefined;
    if (isPresent(field, value)) fields[field.name] = value;
    at += 2;
  }
  return fields;
}

function presentFields(flat: readonly string[]): Record<string, string> {
  const fields = entryFields(flat);
  for (const field of EVENT_FIELDS) {
    if (!isPresent(field, fields[field.name])) delete fields[field.name];
  }
  return fields;
}

/** `event_id` is optional for clients and required in an entry. */
function isPresent({ name, isRequired }: EventField, value: string | undefined): boolean {
  return value !== "" || isRequired || name === "event_id";
}
