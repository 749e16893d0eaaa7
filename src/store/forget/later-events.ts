import { TEXT_COLUMNS } from "../../event/text-columns.ts";
import type { Transaction } from "../database.ts";
import { siteRowsAfter } from "../reports/site-rows.ts";
import type { ForgetCut } from "./subject-rows.ts";

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
  const values = [siteId, String(settledId), packedId, userId, date, [...idsOfDay]];
  const rows = await tx.unsafe(READ_DAY, values).values();
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
const AFTER_FORGET = siteRowsAfter("$1", "$2::text::bigint");
const DAY_BEGINS = "($5::text || 'T00:00:00Z')::timestamptz";
const READ_DAY = `
  SELECT floor(extract(epoch FROM timestamp - ${DAY_BEGINS}) * 1000)::float8, engaged_ms, ${TEXTS}
  FROM events
  WHERE ${AFTER_FORGET} AND id <= $3::text::bigint AND user_id = $4
    AND timestamp >= ${DAY_BEGINS} AND timestamp < ${DAY_BEGINS} + interval '24 hours'
    AND id <> ALL ($6::text[]::bigint[])
  ORDER BY site_id, id`;
/** Rows after `settledId` that were received later, too: the others were in the backlog. */
const COUNT_BY_DATE = `
  SELECT (timestamp AT TIME ZONE 'UTC')::date::text AS date, count(*)::float8 AS events
  FROM (
    SELECT timestamp FROM events
    WHERE ${AFTER_FORGET} AND user_id = $3 AND received_at >= $4::text::timestamptz
      AND id <= (SELECT packed_id FROM site_packing WHERE site_id = $1)
    ORDER BY site_id, id
  ) AS later
  GROUP BY 1`;

/** Returns the number of the user's packed events that were stored after the forget began, by UTC date. */
export async function countLaterEvents(
  tx: Transaction,
  { siteId, userId }: { readonly siteId: string; readonly userId: string },
  cut: ForgetCut,
): Promise<ReadonlyMap<string, number>> {
  const values = [siteId, String(cut.settledId), userId, cut.receivedBefore];
  const rows = await tx.unsafe<{ date: string; events: number }[]>(COUNT_BY_DATE, values);
  return new Map(rows.map(({ date, events }) => [date, events]));
}
