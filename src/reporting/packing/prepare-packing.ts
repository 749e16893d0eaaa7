import { wait } from "../../async/wait.ts";
import type { Log } from "../../log/log.ts";
import type { Database } from "../../store/database.ts";
import {
  migrationsBeforePacking,
  raiseSequence,
  readSequenceState,
} from "../../store/packing/check-packing.ts";
import { readPackingSecret } from "../../store/packing/secret.ts";

const CHECK_INTERVAL_MS = 5_000;

/** Waits for the migrations that packing needs, and checks the sequence of ids. Returns the secret; undefined when `signal` aborts. */
export async function preparePacking(
  database: Database,
  log: Log,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  for (let checks = 1; ; checks += 1) {
    const migrations = await migrationsBeforePacking(database);
    if (migrations.length === 0) break;
    // At a start, they are applied meanwhile.
    if (checks === 2) log.info({ migrations }, "Packing waits for migrations");
    await wait(CHECK_INTERVAL_MS, signal);
    if (signal.aborted) return undefined;
  }
  await checkSequence(database, log);
  return await readPackingSecret(database);
}

/** A row with the id of a packed one would be in no report. */
async function checkSequence(database: Database, log: Log): Promise<void> {
  const { lastValue, packedId, cache } = await readSequenceState(database);
  if (cache !== 1) {
    log.error(
      { cache, remedy: "Run `ALTER SEQUENCE events_id_seq CACHE 1`, and restart the engine" },
      "Sessions draw several ids of events at once, so events may be missing from reports",
    );
  }
  if (lastValue >= packedId) return;
  await raiseSequence(database, packedId);
  log.error(
    {
      lastValue,
      packedId,
      remedy: "Run `queueflow verify`, and `queueflow packing rebuild` where it finds differences",
    },
    "The sequence of event ids stood below packed events, and was raised",
  );
}
