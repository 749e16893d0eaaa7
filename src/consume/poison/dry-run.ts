import { encodeEntry } from "../../event/entry-codec.ts";
import { storeByInsert } from "../../store/batch/store-by-insert.ts";
import type { Database } from "../../store/database.ts";
import { isPermanent } from "../../store/database-error.ts";
import { BATCH_DEADLINE_MS, decodeBatch } from "../store-batch.ts";

/** Rolls back what a dry run has stored. */
class DryRunOver extends Error {}

/** Inserts a known-good event and rolls back: what fails here would fail with any event. */
export async function dryRun(database: Database): Promise<void> {
  const { events } = decodeBatch(knownGoodBatch());
  try {
    await database.transaction(BATCH_DEADLINE_MS, async (tx) => {
      await storeByInsert(tx, events, database.hasCitus);
      throw new DryRunOver();
    });
  } catch (error) {
    // An operator's own constraint may reject the event.
    if (!(error instanceof DryRunOver) && !isPermanent(error)) throw error;
  }
}

function knownGoodBatch(): Parameters<typeof decodeBatch>[0] {
  const now = new Date();
  const nowMs = now.getTime();
  const flatFields = encodeEntry({
    eventId: crypto.randomUUID(),
    siteId: "dry-run",
    eventType: "dry-run",
    path: "/",
    userId: "dry-run",
    timestamp: now.toISOString(),
  });
  const entries = [{ id: `${nowMs}-0`, flatFields }];
  return { entries, refused: new Map(), nowMs, redisNowMs: nowMs };
}
