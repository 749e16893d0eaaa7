import type { Span } from "../days/spans.ts";
import type { VisitTable } from "./visit-table.ts";

/** A longer gap between two events of a user ends the visit. */
export const VISIT_GAP_MS = 30 * 60 * 1_000;

/** The visits of a day's users, by their place in `users`. */
export interface DayUsers {
  /** -1 for none. */
  readonly visits: Int32Array;
  /** When the visit's last event was, in milliseconds since the day began: negative for the day before. */
  readonly lastMs: Int32Array;
  /** Users whose visits may begin: 0 for the others. Undefined means all. */
  readonly followed?: Uint8Array;
  /** No visit begins at this event or a later one. */
  readonly beginsBefore: number;
  /** The place of `engagement` among the day's event types, -1 for none. */
  readonly engagement: number;
  readonly types: Uint32Array;
}

/**
 * Finds the visit of each event of the span, and adds those that begin.
 *
 * @param rows of the span's events.
 */
export function walkVisits(
  { day, from, to }: Span,
  users: DayUsers,
  table: VisitTable,
  rows: Int32Array,
): void {
  const { times, userIndex } = day.events;
  const { visits, lastMs, followed, beginsBefore, engagement, types } = users;
  const { visits: visitOf } = day;
  table.ensure(table.size + to - from);
  const durationsMs = table.durationsMs.values;
  const rowOf = table.rows.values;
  let next = table.size;
  for (let at = from; at < to; at++) {
    const user = userIndex[at] ?? 0;
    const time = times[at] ?? 0;
    let visit = visits[user] ?? 0;
    const gapMs = time - (lastMs[user] ?? 0);
    if (visit >= 0 && gapMs <= VISIT_GAP_MS) {
      durationsMs[visit] = (durationsMs[visit] ?? 0) + gapMs;
      lastMs[user] = time;
    } else if (
      at < beginsBefore &&
      types[at] !== engagement &&
      (followed === undefined || followed[user] === 1)
    ) {
      visit = next++;
      rowOf[visit] = rows[at - from] ?? 0;
      visits[user] = visit;
      lastMs[user] = time;
    } else visit = -1;
    visitOf[at] = visit;
  }
  table.size = next;
}
