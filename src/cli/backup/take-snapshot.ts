import { createReadStream } from "node:fs";
import { openSnapshot } from "../../embedded/redis/snapshot.ts";
import type { RedisConnection } from "../../stream/redis/redis-connection.ts";
import { saveSnapshot } from "../../stream/save-snapshot.ts";
import { blankSalts, readSalts } from "../../stream/visitors/blank-salts.ts";

const PART_BYTES = 4 * 1024 * 1024;
const ATTEMPTS_MAX = 3;

export interface SnapshotOptions {
  readonly dataDir: string;
  readonly stream: string;
  readonly signal: AbortSignal;
}

/**
 * Returns the data of the embedded Redis as of one moment after the call, without salts: a backup would keep them, and with them the way
 * back from an id to an address.
 */
export async function takeSnapshot(
  redis: RedisConnection,
  { dataDir, stream, signal }: SnapshotOptions,
): Promise<AsyncIterable<Uint8Array>> {
  for (let attempt = 1; ; attempt += 1) {
    await saveSnapshot(redis, signal);
    try {
      const file = createReadStream("", { fd: openSnapshot(dataDir), highWaterMark: PART_BYTES });
      // After it, because threads make salts meanwhile.
      return blankSalts(file, await readSalts(redis, stream));
    } catch (error) {
      // Another backup may have taken it.
      const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
      if (!isMissing || attempt === ATTEMPTS_MAX) throw error;
    }
  }
}
