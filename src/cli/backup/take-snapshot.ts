import { createReadStream } from "node:fs";
import { openSnapshot } from "../../embedded/redis/snapshot.ts";
import type { RedisConnection } from "../../stream/redis/redis-connection.ts";
import { saveSnapshot } from "../../stream/save-snapshot.ts";

const PART_BYTES = 4 * 1024 * 1024;
const ATTEMPTS_MAX = 3;

/** Returns the data of the embedded Redis as of one moment after the call. */
export async function takeSnapshot(
  redis: RedisConnection,
  { dataDir, signal }: { readonly dataDir: string; readonly signal: AbortSignal },
): Promise<AsyncIterable<Uint8Array>> {
  for (let attempt = 1; ; attempt += 1) {
    await saveSnapshot(redis, signal);
    try {
      return createReadStream("", { fd: openSnapshot(dataDir), highWaterMark: PART_BYTES });
    } catch (error) {
      // Another backup may have taken it.
      const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
      if (!isMissing || attempt === ATTEMPTS_MAX) throw error;
    }
  }
}
