import type { Sql } from "postgres";
import { insertEvents } from "../../src/store/batch/store-by-insert.ts";
import type { Database } from "../../src/store/database.ts";
import { addToRollups, insertNewKeys } from "../../src/store/rollups/add-to-rollups.ts";
import { foldBatch } from "../../src/store/rollups/fold-batch.ts";
import { sampleReceivedEvent } from "./sample-event.ts";

/** Events per day, with few users and paths. */
export interface SeedOptions {
  readonly siteId: string;
  readonly dates: readonly string[];
  readonly eventsEach: number;
}

/** Stores events as the engine does, received on the day of their timestamp. */
export async function seedEvents(
  database: Database,
  { siteId, dates, eventsEach }: SeedOptions,
): Promise<void> {
  for (const date of dates) {
    const events = Array.from({ length: eventsEach }, (_, number) =>
      sampleReceivedEvent({
        siteId,
        path: `/${number % 3}`,
        userId: `user-${number % 5}`,
        timestamp: `${date}T12:00:00.000Z`,
        receivedAt: `${date}T12:00:01.000Z`,
      }),
    );
    await database.transaction(10_000, async (tx) => {
      await addToRollups(tx, foldBatch(await insertEvents(tx, events)), insertNewKeys);
    });
  }
}

/**
 * Corrupts the rollups of a site's day in every way: extra rows, missing rows and wrong counts. Do not run it concurrently with
 * a batch, because it locks rows in an order that may deadlock.
 */
export async function corrupt(
  sql: Sql,
  { siteId, date }: { siteId: string; date: string },
): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`LOCK TABLE events IN SHARE ROW EXCLUSIVE MODE`;
    const ofDay = tx`site_id = ${siteId} AND date = ${date}::text::date`;
    await tx`UPDATE daily_site_stats SET total_views = total_views + 3, unique_users = 0 WHERE ${ofDay}`;
    await tx`DELETE FROM daily_site_path_counts WHERE ${ofDay} AND path = '/0'`;
    await tx`UPDATE daily_site_path_counts SET views = views + 2 WHERE ${ofDay} AND path = '/1'`;
    await tx`INSERT INTO daily_site_path_counts VALUES (${siteId}, ${date}::text::date, '/ghost', 7)
      ON CONFLICT DO NOTHING`;
    await tx`DELETE FROM daily_site_users WHERE ${ofDay} AND user_id = 'user-1'`;
    await tx`INSERT INTO daily_site_users VALUES (${siteId}, ${date}::text::date, 'ghost') ON CONFLICT DO NOTHING`;
  });
}
