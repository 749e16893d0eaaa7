import { TEXT_COLUMNS } from "../../event/text-columns.ts";
import type { Transaction } from "../database.ts";
import { timestampsOf } from "../rollups/day-differences.ts";
import { type ForgetCut, rowsBefore } from "./subject-rows.ts";

/** Numbers of equal events, by their `eventKey`. */
export type EventCounts = Map<string, number>;

/** All that chunks hold of an event of a user. */
export interface KeyedEvent {
  /** Of the day. */
  readonly timeMs: number;
  readonly engagedMs: number | null;
  /** In the order of `TEXT_COLUMNS`. */
  readonly texts: readonly (string | null)[];
}

export interface ForgottenDay {
  readonly siteId: string;
  readonly userId: string;
  readonly date: string;
  /** Ids of the user's events of the day that are to be forgotten. */
  readonly idsOfDay: readonly string[];
  readonly settledId: bigint;
}

export function eventKey({ timeMs, engagedMs, texts }: KeyedEvent): string {
  return JSON.stringify([timeMs, engagedMs, ...texts]);
}

/** Returns the user's packed events of the day that were stored after the forget began, and stay. */
export async function readLaterEvents(
  tx: Transaction,
  { siteId, userId, date, idsOfDay, settledId }: ForgottenDay,
  packedId: string,
): Promise<EventCounts> {
  const rows = await tx`
    SELECT floor(extract(epoch FROM timestamp - (${date}::text || 'T00:00:00Z')::timestamptz) * 1000)::float8, engaged_ms, ${tx.unsafe(TEXTS)}
    FROM events
    WHERE site_id = ${siteId} AND id > ${String(settledId)}::text::bigint AND id <= ${packedId}::text::bigint
      AND user_id = ${userId} AND ${timestampsOf(tx, date)} AND id <> ALL (${idsOfDay}::text[]::bigint[])`.values();
  const counts: EventCounts = new Map();
  for (const [timeMs, engagedMs, ...texts] of rows) {
    const key = eventKey({ timeMs, engagedMs, texts });
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

const TEXTS = TEXT_COLUMNS.map((name) => (name === "properties" ? "properties::text" : name)).join(
  ", ",
);

/** Returns the number of the user's packed events that were stored after the forget began, by UTC date. */
export async function countLaterEvents(
  tx: Transaction,
  { siteId, userId }: { readonly siteId: string; readonly userId: string },
  cut: ForgetCut,
): Promise<ReadonlyMap<string, number>> {
  const rows = await tx<{ date: string; events: number }[]>`
    SELECT (timestamp AT TIME ZONE 'UTC')::date::text AS date, count(*)::float8 AS events
    FROM events
    WHERE site_id = ${siteId} AND id > ${String(cut.settledId)}::text::bigint
      AND id <= (SELECT packed_id FROM site_packing WHERE site_id = ${siteId})
      AND user_id = ${userId} AND NOT ${rowsBefore(tx, cut)}
    GROUP BY 1`;
  return new Map(rows.map(({ date, events }) => [date, events]));
}
