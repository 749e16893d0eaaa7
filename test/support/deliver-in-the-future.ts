import type { RedisConnection } from "../../src/stream/redis/redis-connection.ts";

const CRC64_JONES = 0x95ac9329ac4bc9b5n;
const CHECKSUM_BYTES = 8;

/**
 * Moves the delivery times of the stream's pending entries `ms` into the future, as setting back the clock of Redis does. Changes
 * a dump of the stream, because no command accepts such a time.
 */
export async function deliverInTheFuture(
  redis: RedisConnection,
  stream: string,
  { timesMs, ms }: { timesMs: ReadonlySet<number>; ms: number },
): Promise<void> {
  const dump = await redis.dumpBuffer(stream);
  for (const timeMs of timesMs) {
    const time = Buffer.alloc(8);
    time.writeBigUInt64LE(BigInt(timeMs));
    for (let at = dump.indexOf(time); at !== -1; at = dump.indexOf(time, at + 8)) {
      dump.writeBigUInt64LE(BigInt(timeMs + ms), at);
    }
  }
  const content = dump.subarray(0, -CHECKSUM_BYTES);
  dump.writeBigUInt64LE(crc64(content), content.length);
  await redis.restore(stream, 0, dump, "REPLACE");
}

/** Returns the checksum of a dump (Redis, `crc64.c`). */
function crc64(bytes: Buffer): bigint {
  let crc = 0n;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1n ? (crc >> 1n) ^ CRC64_JONES : crc >> 1n;
  }
  return crc;
}
