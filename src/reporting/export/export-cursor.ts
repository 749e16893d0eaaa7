import { isUuid } from "../../event/event-id.ts";
import { type ExportDay, placeOf } from "./export-day.ts";

const CURSOR = /^((\d{4}-\d{2}-\d{2})T\d{2}:\d{2}:\d{2}\.\d{3}Z)\/(.+)$/;

/**
 * The last event that a client has of an export, so that it can go on: its `timestamp`, and its `event_id`, or without one how many
 * events of that timestamp the client has.
 */
export interface ExportCursor {
  readonly date: string;
  /** Milliseconds since that UTC day began. */
  readonly time: number;
  readonly last: { readonly eventId: string } | { readonly count: number };
}

/** Parses `TIMESTAMP/EVENT_ID` or `TIMESTAMP/COUNT`, as in `2026-01-15T09:30:00.000Z/2`; undefined for any other text. */
export function parseExportCursor(text: string): ExportCursor | undefined {
  const [, timestamp = "", date = "", last = ""] = CURSOR.exec(text) ?? [];
  const ms = Date.parse(timestamp);
  if (Number.isNaN(ms) || new Date(ms).toISOString() !== timestamp) return undefined;
  const time = ms - Date.parse(date);
  if (isUuid(last)) return { date, time, last: { eventId: last.toLowerCase() } };
  if (/^\d{1,9}$/.test(last)) return { date, time, last: { count: Number(last) } };
  return undefined;
}

/** Returns the number of the first event after the cursor on its day. */
export function firstAfter({ time, last }: ExportCursor, day: ExportDay): number {
  const { count, times } = day.events;
  const { identified, passes } = day;
  const timeAt = (i: number) => times[placeOf(day, i)] ?? 0;
  let i = 0;
  while (i < count && timeAt(i) < time) i += 1;
  if ("eventId" in last) {
    while (i < count && timeAt(i) === time && (identified?.idAt(i) ?? "") <= last.eventId) i += 1;
    return i;
  }
  let left = last.count;
  for (; i < count && timeAt(i) === time && left > 0; i += 1) {
    if (passes === undefined || passes[placeOf(day, i)] === 1) left -= 1;
  }
  return i;
}
