import { encodeEntry } from "../../event/entry-codec.ts";
import type { Database } from "../../store/database.ts";
import { isPermanent } from "../../store/database-error.ts";
import { BATCH_DEADLINE_MS, type Batch, decodeBatch, storeEvents } from "../process-batch.ts";

/** Takes back what a rehearsal has stored. */
class RehearsalOver extends Error {}

/**
 * Stores an event that is beyond reproach, and rolls it back. What ends the thread here, or fails, would
 * do so with any event, and nothing may be set aside for it.
 *
 * @throws What the driver throws, and `database_unavailable`.
 */
export async function rehearse(database: Database): Promise<void> {
  const { events } = decodeBatch(rehearsedBatch());
  try {
    await database.transaction(BATCH_DEADLINE_MS, async (tx) => {
      await storeEvents(tx, events);
      throw new RehearsalOver();
    });
  } catch (error) {
    // A database may have rules of its own on what it takes: it works then, too.
    if (!(error instanceof RehearsalOver) && !isPermanent(error)) throw error;
  }
}

function rehearsedBatch(): Omit<Batch, "claim"> {
  const now = new Date();
  const flatFields = encodeEntry({
    eventId: crypto.randomUUID(),
    siteId: "rehearsal",
    eventType: "rehearsal",
    path: "/",
    userId: "rehearsal",
    timestamp: now.toISOString(),
  });
  const nowMs = now.getTime();
  const entries = [{ id: `${nowMs}-0`, flatFields }];
  return {
    stream: "",
    entries,
    deliveries: new Map(),
    refused: new Map(),
    nowMs,
    redisNowMs: nowMs,
    isLikelyNew: false,
  };
}
