import { Type } from "@sinclair/typebox";
import type { Log } from "../log/log.ts";
import { readGroups } from "./inspect/read-groups.ts";
import { type RedisConnection, redisCall } from "./redis/redis-connection.ts";
import { replyOf } from "./redis/reply.ts";
import { type DeliveredEntries, deliveredEntries, EntryRows } from "./stream-entry.ts";

/** So many by one command, so that Redis is busy with it for milliseconds. */
const ACKNOWLEDGED_MAX = 5_000;

const readReply = replyOf(
  Type.Union([Type.Null(), Type.Array(Type.Tuple([Type.String(), EntryRows]))]),
);

/** Where a consumer group is. */
export interface GroupKey {
  readonly stream: string;
  readonly group: string;
}

/** One consumer of a group, on a connection that nobody else uses. */
export interface ConsumerKey extends GroupKey {
  readonly consumer: string;
}

/**
 * Makes sure that the stream and the group exist.
 *
 * @throws QueueFlowError `stream_unavailable`.
 */
export async function ensureGroup(redis: RedisConnection, key: GroupKey, log: Log): Promise<void> {
  const { stream, group } = key;
  if ((await createGroup(redis, key)) === "created") {
    log.info({ stream, group }, "Consumer group created");
  }
}

/**
 * Creates the group, and the stream with it, unless it exists: of all who try at once one creates it.
 * It starts at `0`, never at `$`, so that what was appended before it was made is delivered too. It looks
 * first: a Redis that is out of memory refuses to create what exists, and only consumers can empty it.
 *
 * @throws QueueFlowError `stream_unavailable`, and `stream_full` when Redis is out of memory.
 */
export async function createGroup(
  redis: RedisConnection,
  { stream, group }: GroupKey,
): Promise<"created" | "existed"> {
  const groups = await readGroups(redis, stream);
  if (groups.some(({ name }) => name === group)) return "existed";
  const creation = redis.xgroup("CREATE", stream, group, "0", "MKSTREAM").then(
    () => "created" as const,
    (error: unknown) => {
      if (error instanceof Error && error.message.startsWith("BUSYGROUP")) {
        return "existed" as const;
      }
      throw error;
    },
  );
  return await redisCall(redis, "create the consumer group", creation);
}

/**
 * Reads this consumer's own pending entries with ids after `afterId`, oldest first: what it was
 * delivered and has not acknowledged. Does not block.
 */
export async function readPending(
  redis: RedisConnection,
  key: ConsumerKey,
  { afterId, entriesMax }: { afterId: string; entriesMax: number },
): Promise<DeliveredEntries> {
  const { stream, group, consumer } = key;
  const reply = redis.xreadgroup(
    "GROUP",
    group,
    consumer,
    "COUNT",
    entriesMax,
    "STREAMS",
    stream,
    afterId,
  );
  return deliveredOf(await redisCall(redis, "read the pending entries", reply));
}

/** A connection that gives commands. */
interface CommandConnection extends Pick<RedisConnection, "disconnect"> {
  call(command: string, args: (string | number)[]): Promise<unknown>;
}

/** Reads entries that no consumer of the group was delivered yet, waiting for up to `blockMs`; 0 is not to wait. */
export async function readNew(
  redis: CommandConnection,
  key: ConsumerKey,
  { entriesMax, blockMs }: { entriesMax: number; blockMs: number },
): Promise<DeliveredEntries> {
  const { stream, group, consumer } = key;
  const read = ["GROUP", group, consumer, "COUNT", entriesMax];
  // To Redis itself, 0 is to wait for ever.
  const block = blockMs === 0 ? [] : ["BLOCK", blockMs];
  // In lower case the client knows the command, and the shape of its reply.
  const reply = redis.call("xreadgroup", [...read, ...block, "STREAMS", stream, ">"]);
  return deliveredOf(await redisCall(redis, "read new entries", reply));
}

/** Acknowledges entries and answers how many of them were still pending. */
export async function acknowledge(
  redis: RedisConnection,
  { stream, group }: GroupKey,
  entryIds: readonly string[],
): Promise<number> {
  let acknowledged = 0;
  for (let from = 0; from < entryIds.length; from += ACKNOWLEDGED_MAX) {
    const some = entryIds.slice(from, from + ACKNOWLEDGED_MAX);
    acknowledged += await redisCall(redis, "acknowledge", redis.xack(stream, group, ...some));
  }
  return acknowledged;
}

/** Whether an error says that the stream or its group is gone. */
export function isGroupMissing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (/^(NOGROUP|UNBLOCKED)/.test(error.message)) return true;
  return isGroupMissing(error.cause);
}

function deliveredOf(reply: unknown): DeliveredEntries {
  const stream = readReply(reply)?.[0];
  return deliveredEntries(stream === undefined ? [] : stream[1]);
}
