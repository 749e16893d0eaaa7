import type { DataSubject } from "../../event/data-subject.ts";
import { allowWholeTables } from "../allow-whole-tables.ts";
import type { Database, Transaction } from "../database.ts";
import { UPKEEP_DEADLINE_MS } from "../deadlines.ts";
import { DAY_TOTALS, ROLLUPS } from "../rollups/rollups.ts";
import { SITE_USERS } from "../rollups/site-users.ts";
import { type ChunkEditor, readPackedDays } from "./packed-user.ts";
import { type ForgetCut, rowsBefore, rowsOfSubject } from "./subject-rows.ts";

export interface SubjectDay {
  readonly date: string;
  readonly events: number;
  /** Ids of a user's events, ascending; none for a site. */
  readonly ids: readonly string[];
  /** Whether events of the site's day were pruned before they were packed. */
  readonly isPruned: boolean;
}

export interface SubjectRows {
  /** Days with events, in chunks too, or with rows in the rollups that no later event explains. In order. */
  readonly days: readonly SubjectDay[];
  readonly events: number;
  /** Timestamps of the first and the last event. */
  readonly first: Date | undefined;
  readonly last: Date | undefined;
}

/** Reads all events, since no index has the users. */
export async function findSubjectRows(
  database: Database,
  subject: DataSubject,
  { cut, editor }: { readonly cut: ForgetCut; readonly editor: ChunkEditor },
): Promise<SubjectRows> {
  return await database.transaction(UPKEEP_DEADLINE_MS, async (tx) => {
    await tx`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY`;
    await allowWholeTables(tx);
    const withEvents = await readEventDays(tx, subject, cut);
    const withRollups = await readRollupDays(tx, subject, cut);
    const withChunks = await readPackedDays(tx, subject, { cut, editor });
    const dates = [...withEvents.keys(), ...withRollups, ...withChunks];
    const pruned = await readPrunedDays(tx, subject);
    const days = [...new Set(dates)].toSorted().map((date) => {
      const { events = 0, ids = null } = withEvents.get(date) ?? {};
      return { date, events, ids: ids?.split(",") ?? [], isPruned: pruned.has(date) };
    });
    const found = [...withEvents.values()];
    return {
      days,
      events: days.reduce((sum, { events }) => sum + events, 0),
      first: found.map(({ first }) => first).toSorted(byTime)[0],
      last: found
        .map(({ last }) => last)
        .toSorted(byTime)
        .at(-1),
    };
  });
}

interface EventDayRow {
  readonly date: string;
  readonly events: number;
  readonly first: Date;
  readonly last: Date;
  readonly ids: string | null;
}

/** Ids as one text, which takes a tenth of the memory of a row each. */
async function readEventDays(
  tx: Transaction,
  subject: DataSubject,
  cut: ForgetCut,
): Promise<ReadonlyMap<string, EventDayRow>> {
  const rows = await tx<EventDayRow[]>`
    SELECT date::text, count(*)::float8 AS events, min(timestamp) AS first, max(timestamp) AS last,
      ${subject.userId === undefined ? tx`NULL` : tx`string_agg(id::text, ',' ORDER BY id)`} AS ids
    FROM (
      SELECT id, timestamp, (timestamp AT TIME ZONE 'UTC')::date AS date
      FROM events WHERE ${rowsOfSubject(tx, subject)} AND ${rowsBefore(tx, cut)}
    ) AS found
    GROUP BY found.date`;
  return new Map(rows.map((row) => [row.date, row]));
}

/** Returns days with rollups of the subject, except those of events that arrived later. */
async function readRollupDays(
  tx: Transaction,
  { siteId, userId }: DataSubject,
  cut: ForgetCut,
): Promise<readonly string[]> {
  const tables =
    userId === undefined
      ? [...ROLLUPS.map(({ table }) => table), DAY_TOTALS, "daily_site_path_floors", "pruned_days"]
      : [SITE_USERS.table];
  const ofUser = userId === undefined ? tx`` : tx`AND user_id = ${userId}`;
  const rows = await tx<{ date: string }[]>`
    SELECT date::text FROM (
      ${tables.map((table, index) => tx`${index === 0 ? tx`` : tx`UNION`} SELECT date FROM ${tx(table)} WHERE site_id = ${siteId} ${ofUser}`)}
      EXCEPT
      SELECT (timestamp AT TIME ZONE 'UTC')::date FROM events
      WHERE site_id = ${siteId} ${ofUser} AND NOT ${rowsBefore(tx, cut)}
    ) AS days`;
  return rows.map(({ date }) => date);
}

async function readPrunedDays(
  tx: Transaction,
  { siteId }: DataSubject,
): Promise<ReadonlySet<string>> {
  const rows = await tx<{ date: string }[]>`
    SELECT date::text FROM pruned_days WHERE site_id = ${siteId} AND unpacked > 0`;
  return new Set(rows.map(({ date }) => date));
}

function byTime(a: Date, b: Date): number {
  return a.getTime() - b.getTime();
}
