import type { DayRange, EventDay } from "../upkeep/event-days.ts";

/** Days that are verified together, and the ids between which their events are. */
export interface DaySpan extends DayRange {
  readonly events: number;
  readonly firstId: bigint;
  readonly lastId: bigint;
}

/**
 * Divides a range into spans of whole days, of about `eventsMax` events each. Together they cover all of the range, days
 * without events too: a rollup may have rows there.
 */
export function daySpans(
  range: DayRange,
  days: readonly EventDay[],
  eventsMax: number,
): readonly DaySpan[] {
  const spans: DaySpan[] = [{ ...range, events: 0, firstId: 0n, lastId: 0n }];
  for (const { date, events, firstId, lastId } of days) {
    const span = spans.at(-1);
    if (span === undefined) break;
    if (span.events === 0) {
      spans[spans.length - 1] = { ...span, events, firstId, lastId };
    } else if (span.events + events > eventsMax) {
      spans[spans.length - 1] = { ...span, to: dayBefore(date) };
      spans.push({ ...range, from: date, events, firstId, lastId });
    } else {
      spans[spans.length - 1] = {
        ...span,
        events: span.events + events,
        firstId: firstId < span.firstId ? firstId : span.firstId,
        lastId: lastId > span.lastId ? lastId : span.lastId,
      };
    }
  }
  return spans;
}

function dayBefore(date: string): string {
  const day = new Date(`${date}T00:00:00.000Z`);
  day.setUTCDate(day.getUTCDate() - 1);
  return day.toISOString().slice(0, 10);
}
