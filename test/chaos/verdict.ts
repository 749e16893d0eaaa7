import type { Sql } from "postgres";
import { errorText } from "../../src/errors.ts";
import { checkInvariants } from "../support/check-invariants.ts";
import type { Ledger } from "./ledger.ts";
import type { EventBody } from "./sent-event.ts";

const PAGE_ROWS = 5_000;
/** One defect affects thousands of events; the first ones are enough. */
const PROBLEMS_MAX = 20;

interface Row extends Required<EventBody> {}

/** Returns what is wrong with the tables after a round. */
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
  problems.push(...(await judgeDeadLetters(sql, ledger)));
  try {
    await checkInvariants(sql);
  } catch (error) {
    problems.push(`The tables do not match: ${errorText(error)}`);
  }
  const more = problems.length - PROBLEMS_MAX;
  return [...problems.slice(0, PROBLEMS_MAX), ...(more > 0 ? [`… and ${more} more`] : [])];
}

/** Checks that exactly the bad entries are dead letters, each with a reason. */
async function judgeDeadLetters(sql: Sql, { badEntries }: Ledger): Promise<readonly string[]> {
  const problems: string[] = [];
  const deadMarkers = new Set<string>();
  // As text, because PostgreSQL cannot read JSON with an escaped NUL.
  for (const row of await sql`SELECT entry_id, reason, fields::text FROM dead_events`) {
    const { marker } = JSON.parse(String(row["fields"])) as { marker?: string };
    const isKnown = marker !== undefined && badEntries.has(marker) && !deadMarkers.has(marker);
    if (!isKnown || row["reason"] === "")
      problems.push(`unexpected dead letter: ${JSON.stringify(row)}`);
    if (marker !== undefined) deadMarkers.add(marker);
  }
  for (const { marker, isAppended } of badEntries.values()) {
    if (isAppended && !deadMarkers.has(marker)) problems.push(`${marker} is not a dead letter`);
  }
  return problems;
}

/** Compares all but the id, which the ledger checks. */
function isSame(sent: EventBody, { site_id, path, user_id, timestamp }: Row): boolean {
  return (
    sent.site_id === site_id &&
    sent.path === path &&
    sent.user_id === user_id &&
    sent.timestamp === timestamp
  );
}
