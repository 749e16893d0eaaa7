import type { Sql } from "postgres";
import { errorText } from "../../src/errors.ts";
import { checkInvariants } from "../support/check-invariants.ts";
import type { EventBody, Ledger } from "./ledger.ts";

const PAGE_ROWS = 5_000;
/** A defect shows in thousands of events: the first of them tell enough. */
const PROBLEMS_MAX = 20;

interface Row extends Required<EventBody> {}

/** What is wrong with the tables at the end of a round, when all was healed and drained. */
export async function judge(sql: Sql, ledger: Ledger): Promise<readonly string[]> {
  const problems: string[] = [];
  const storedIds = new Map<string, string[]>();
  const rows = sql<Row[]>`
    SELECT site_id, event_type, path, user_id, event_id::text,
      to_char(timestamp AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS timestamp
    FROM events`.cursor(PAGE_ROWS);
  for await (const page of rows) {
    for (const row of page) {
      const sent = ledger.events.get(row.event_type)?.body;
      if (sent === undefined) problems.push(`${JSON.stringify(row)} was never sent`);
      else if (!isSame(sent, row))
        problems.push(`${JSON.stringify(sent)} is stored as ${JSON.stringify(row)}`);
      storedIds.set(row.event_type, [...(storedIds.get(row.event_type) ?? []), row.event_id]);
    }
  }
  for (const event of ledger.events.values()) {
    const problem = event.problemWith(storedIds.get(event.tag) ?? []);
    if (problem !== undefined) problems.push(`${JSON.stringify(event.body)} ${problem}`);
  }
  const dead = await sql`SELECT entry_id, reason FROM dead_events`;
  for (const row of dead) problems.push(`was set aside: ${JSON.stringify(row)}`);
  try {
    await checkInvariants(sql);
  } catch (error) {
    problems.push(`The tables disagree: ${errorText(error)}`);
  }
  const more = problems.length - PROBLEMS_MAX;
  return [...problems.slice(0, PROBLEMS_MAX), ...(more > 0 ? [`… and ${more} more`] : [])];
}

/** The id apart, which the ledger judges. */
function isSame(sent: EventBody, { site_id, path, user_id, timestamp }: Row): boolean {
  return (
    sent.site_id === site_id &&
    sent.path === path &&
    sent.user_id === user_id &&
    sent.timestamp === timestamp
  );
}
