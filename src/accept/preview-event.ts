import { ownSiteOf } from "../access/own-site.ts";
import { InvalidFieldsError } from "../errors.ts";
import { type AnalyticsEvent, CORE_FIELDS, STORED_OPTIONAL_FIELDS } from "../event/event.ts";
import type { ReadEvent } from "../protocols/protocol.ts";
import { type AcceptParts, type EventRequest, newEventId } from "./accept-events.ts";
import { withoutForbidden } from "./without-forbidden.ts";

export type PreviewedEvent = Extract<ReadEvent, { readonly kind: "event" | "dropped" }>;

/**
 * Returns the one event of a request as it would be stored, and stores nothing.
 *
 * @throws QueueFlowError as the event would be refused, except for limits and servers that are away.
 */
export async function previewEvent(
  request: Pick<EventRequest, "protocol" | "readBody" | "sender">,
  parts: Pick<AcceptParts, "keptQuery" | "access">,
): Promise<PreviewedEvent> {
  const { protocol, readBody, sender } = request;
  const { keptQuery } = parts;
  const siteId = ownSiteOf(sender?.key);
  const context = { nowMs: Date.now(), mintEventId: newEventId, keptQuery, siteId };
  const events = await protocol.parse(await readBody(), context);
  const allowed = sender === undefined ? events : withoutForbidden(events, sender, parts.access);
  const [read] = allowed;
  if (read === undefined) throw new Error("Expected one event, got none");
  if (read.kind === "invalid") throw new InvalidFieldsError(read.fields);
  if (read.kind === "unreadable" || read.kind === "forbidden") throw read.error;
  return read;
}

/** Returns the fields of an event under their names, with numbers and properties as JSON has them. */
export function namedFields(event: AnalyticsEvent): Readonly<Record<string, unknown>> {
  const fields = [...CORE_FIELDS, ...STORED_OPTIONAL_FIELDS].flatMap(({ key, name, type }) => {
    const value = event[key];
    if (value === undefined) return [];
    const isJson = type.sql === "jsonb" || type.sql === "int4";
    return [[name, isJson ? JSON.parse(value) : value] as const];
  });
  return Object.fromEntries(fields);
}
