import type { PendingQuery, Row } from "postgres";
import type { Transaction } from "../database.ts";
import type { DayRange, EventDay } from "../upkeep/event-days.ts";

export interface DaySpan extends DayRange {
  readonly events: number;
  readonly firstId: bigint;
  readonly lastId: bigint;
}

export function eventsOf(tx: Transaction, span: DaySpan): PendingQuery<Row[]> {
  const { siteId, from, to, firstId, lastId } = span;
  return tx`
    id BETWEEN ${String(firstId)} AND ${String(lastId)}
    AND timestamp >= ${from}::text::date::timestamp AT TIME ZONE 'UTC'
    AND timestamp < (${to}::text::date + 1)::timestamp AT TIME ZONE 'UTC'
    ${siteId === undefined ? tx`` : tx`AND site_id = ${siteId}`}`;
}

export function rowsOf(tx: Transaction, { siteId, from, to }: DayRange): PendingQuery<Row[]> {
  return tx`
    date BETWEEN ${from}::text::date AND ${to}::text::date
    ${siteId === undefined ? tx`` : tx`AND site_id = ${siteId}`}`;
}

/** Returns spans of about `eventsMax` events. They cover the whole range: days without events may have rows. */
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
