import { redisCall } from "../redis/redis-call.ts";
import type { RedisConnection } from "../redis/redis-connection.ts";
import { saltPrefix, saltsKey } from "./salt-keys.ts";

/** At the end of a snapshot. Redis takes zeros for none, and the backup has a checksum of its own. */
const CHECKSUM_BYTES = 8;
/** No salt is longer, so that none is torn. */
const OVERLAP_BYTES = 64;

/** Returns what Redis has under the keys of salts: secrets. */
export async function readSalts(
  redis: RedisConnection,
  stream: string,
): Promise<readonly string[]> {
  const doing = "read the salts of daily visitors";
  const members = await redisCall(redis, doing, redis.zrange(saltsKey(stream), "0", "-1"));
  const keys = members.filter((member) => member.startsWith(saltPrefix(stream)));
  if (keys.length === 0) return [];
  const values = await redisCall(redis, doing, redis.mget(keys));
  return values.filter((value) => value !== null);
}

/** Yields a snapshot of Redis with dashes for its salts, which are no salts: a thread that reads them makes new ones. */
export async function* blankSalts(
  snapshot: AsyncIterable<Uint8Array>,
  salts: readonly string[],
): AsyncGenerator<Uint8Array> {
  const secrets = salts.map((salt) => Buffer.from(salt));
  let rest = Buffer.alloc(0);
  for await (const part of snapshot) {
    const bytes = Buffer.concat([rest, part]);
    for (const secret of secrets) blank(bytes, secret);
    const end = Math.max(0, bytes.length - OVERLAP_BYTES);
    yield bytes.subarray(0, end);
    rest = bytes.subarray(end);
  }
  if (secrets.length > 0) rest.fill(0, Math.max(0, rest.length - CHECKSUM_BYTES));
  yield rest;
}

function blank(bytes: Buffer, secret: Buffer): void {
  for (let at = bytes.indexOf(secret); at !== -1; at = bytes.indexOf(secret, at)) {
    bytes.fill("-", at, at + secret.length);
  }
}
