import type { Sql } from "postgres";
import type { AnalyticsEvent } from "../../src/event/event.ts";
import { insertEvents } from "../../src/store/batch/store-by-insert.ts";
import { Database } from "../../src/store/database.ts";
import { distinctInOrder } from "../../src/store/in-key-order.ts";
import { addToRollups, insertNewKeys } from "../../src/store/rollups/add-to-rollups.ts";
import { foldBatch } from "../../src/store/rollups/fold-batch.ts";
import { sampleEvent } from "./sample-event.ts";

const LETTERS = "abAB-_é";
const NAME_LENGTH = 5;
const DEADLINE_MS = 10_000;
/** Coprime with the number of names, so that multiples of it visit all of them. */
const STEP = 10_007;

/** The recorded collation version of a database with a changed collation. */
export const RECORDED_VERSION = "150.0";

/** Changes the text order of an ICU database for new sessions, as a newer ICU or C library does. Needs a superuser. */
export async function changeCollation(sql: Sql): Promise<void> {
  const [column] = await sql`
    SELECT attname FROM pg_attribute
    WHERE attrelid = 'pg_database'::regclass AND attname IN ('datlocale', 'daticulocale')`;
  await sql`
    UPDATE pg_database SET ${sql(String(column?.["attname"]))} = 'sv-u-kf-upper', datcollversion = ${RECORDED_VERSION}
    WHERE datname = current_database()`;
}

/** Stores events on a new connection, which uses the current collation. */
export async function storeFreshly(url: string, events: readonly AnalyticsEvent[]): Promise<void> {
  const database = new Database({ url, connectionsMax: 1 });
  const received = events.map((event) => ({ ...event, receivedAt: event.timestamp }));
  await database.transaction(DEADLINE_MS, async (tx) => {
    const inserted = await insertEvents(tx, distinctInOrder(received));
    await addToRollups(tx, foldBatch(inserted), insertNewKeys);
  });
  await database.close(1_000);
}

/** Returns events of two days, with sites, paths and users that two locales order differently. */
export function disorderedEvents(count: number): readonly AnalyticsEvent[] {
  return Array.from({ length: count }, (_, number) =>
    sampleEvent({
      siteId: nameOf(number),
      path: `/${nameOf(number * 3)}`,
      userId: nameOf(number * 5),
      timestamp: `2026-01-${number % 2 === 0 ? "15" : "16"}T09:30:00.000Z`,
    }),
  );
}

function nameOf(number: number): string {
  let rest = (number * STEP) % LETTERS.length ** NAME_LENGTH;
  return Array.from({ length: NAME_LENGTH }, () => {
    const letter = LETTERS.charAt(rest % LETTERS.length);
    rest = Math.floor(rest / LETTERS.length);
    return letter;
  }).join("");
}
