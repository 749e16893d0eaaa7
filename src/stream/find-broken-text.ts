import { Type } from "@sinclair/typebox";
import { describeValue } from "../event/describe-value.ts";
import { redisCall } from "./redis/redis-call.ts";
import type { RedisConnection } from "./redis/redis-connection.ts";
import { replySchema } from "./redis/reply-schema.ts";
import type { StreamEntry } from "./stream-entry.ts";

const BYTES_SHOWN_MAX = 32;

const utf8 = new TextDecoder("utf-8", { fatal: true });
const rawReply = replySchema(
  Type.Array(Type.Tuple([Type.Uint8Array(), Type.Array(Type.Uint8Array())])),
);

/**
 * Finds fields that are not UTF-8: decoded to U+FFFD, distinct users become one. Returns the reason by entry id. Reads the entries
 * again as bytes, because a client may have sent U+FFFD itself.
 */
export async function findBrokenText(
  redis: RedisConnection,
  stream: string,
  entries: readonly StreamEntry[],
): Promise<ReadonlyMap<string, string>> {
  const found = await Promise.all(
    entries.map(async ({ id }) => [id, await problemOf(redis, { stream, id })] as const),
  );
  return new Map(found.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

async function problemOf(
  redis: RedisConnection,
  { stream, id }: { stream: string; id: string },
): Promise<string | undefined> {
  const range = redis.xrangeBuffer(stream, id, id);
  const [row] = rawReply(await redisCall(redis, "read an entry again", range));
  const flatFields = row?.[1] ?? [];
  const at = flatFields.findIndex((bytes) => !isUtf8(bytes));
  const broken = flatFields[at];
  if (broken === undefined) return undefined;
  const name = new TextDecoder().decode(flatFields[at - 1]);
  const which = at % 2 === 1 ? `the field ${describeValue(name)}` : "every field's name";
  return `Expected ${which} to be UTF-8, got the bytes ${broken.subarray(0, BYTES_SHOWN_MAX).toHex()}`;
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    utf8.decode(bytes);
    return true;
  } catch {
    return false;
  }
}
