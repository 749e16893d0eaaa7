import { insertDeadLetters } from "../../src/store/dead-letters.ts";
import type { TestDatabase } from "./test-database.ts";

let entries = 0;

/** Sets aside entries with these fields, and returns the ids of the dead letters. */
export async function setAside(
  { database, sql }: Pick<TestDatabase, "database" | "sql">,
  fieldsOfEach: readonly Readonly<Record<string, string>>[],
  { stream = "events_stream", reason = "by a test" } = {},
): Promise<readonly string[]> {
  const deadLetters = fieldsOfEach.map((fields) => {
    entries += 1;
    return { stream, entryId: `1768469400250-${entries}`, fields, reason, deliveries: 2 };
  });
  await database.transaction(10_000, async (tx) => await insertDeadLetters(tx, deadLetters));
  const rows = await sql`
    SELECT id::text FROM dead_events
    WHERE entry_id IN ${sql(deadLetters.map(({ entryId }) => entryId))} ORDER BY dead_events.id`;
  return rows.map((row) => String(row["id"]));
}
