import { retentionHorizon } from "../event/retention.ts";
import type { Log } from "../log.ts";
import { announcePrune } from "../store/announce-prune.ts";
import { Database } from "../store/database.ts";
import { deleteOldEvents } from "../store/delete-old-events.ts";
import { eachStretch } from "../store/each-stretch.ts";
import { oldestEntryMs } from "../stream/oldest-entry.ts";
import type { RedisConnection } from "../stream/redis-connection.ts";
import { Outage } from "./outage.ts";
import { wait } from "./wait.ts";

const INTERVAL_MS = 24 * 60 * 60 * 1_000;
const RETRY_MS = 5 * 60 * 1_000;
/** Rows of one transaction: some tens of milliseconds. */
const STRETCH_ROWS = 2_000;
const CLOSE_TIMEOUT_MS = 1_000;

/** What the pruner works with. Its connection to Redis never blocks. */
export interface PrunerOptions {
  readonly redis: RedisConnection;
  readonly databaseUrl: string;
  readonly stream: string;
  /** How long raw rows are kept, in days; 0 keeps them for ever. */
  readonly retentionDays: number;
  readonly log: Log;
  /** How soon it begins again, in milliseconds: after it was done, and after a failure. */
  readonly intervalMs?: number;
  readonly retryMs?: number;
}

/**
 * Deletes old events at once and then once a day, until `signal` aborts. It has a connection of its own for the time that it
 * takes, and rests after each transaction for as long as that took, so that batches are hardly slower. Of all processes one
 * does it at a time; another finds nothing left, or has its turn the next day. Never rejects: whatever fails is logged and
 * tried again, and no reason to end the thread.
 */
export async function runPruner(options: PrunerOptions, signal: AbortSignal): Promise<void> {
  const { retentionDays, log, intervalMs = INTERVAL_MS, retryMs = RETRY_MS } = options;
  if (retentionDays === 0) return;
  const outage = new Outage(log, {
    began: "Old events could not be deleted, retrying",
    ended: "Old events can be deleted again",
  });
  while (!signal.aborted) {
    let waitMs = intervalMs;
    try {
      await pruneOnce(options, signal);
      outage.recovered();
    } catch (error) {
      if (!signal.aborted) outage.failed(error);
      waitMs = retryMs;
    }
    await wait(waitMs, signal);
  }
}

async function pruneOnce(
  { redis, databaseUrl, stream, retentionDays, log }: PrunerOptions,
  signal: AbortSignal,
): Promise<void> {
  const database = new Database({ url: databaseUrl, connectionsMax: 1 });
  const close = async () => await database.close(CLOSE_TIMEOUT_MS);
  // A stop must not wait for a server that hangs; what is given up is rolled back.
  const onAbort = () => void close();
  signal.addEventListener("abort", onAbort, { once: true });
  let startedAtMs = performance.now();
  try {
    const oldest = await oldestEntryMs(redis, stream);
    const horizon = retentionHorizon({ retentionDays, nowMs: Date.now(), oldestEntryMs: oldest });
    await announcePrune(database, {
      prunedBefore: horizon.receivedBefore,
      keptDays: retentionDays,
    });
    const { old, from, to } = await eachStretch({
      horizon,
      rowsMax: STRETCH_ROWS,
      signal,
      work: async (stretch) => await deleteOldEvents(database, stretch),
      onStretch: async () => {
        await wait(performance.now() - startedAtMs, signal);
        startedAtMs = performance.now();
      },
    });
    if (old > 0) log.info({ events: old, from, to }, "Old events deleted, their numbers stay");
  } finally {
    signal.removeEventListener("abort", onAbort);
    await close();
  }
}
