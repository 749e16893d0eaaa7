import { setTimeout as delay } from "node:timers/promises";
import { Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import type { GroupKey } from "../../src/stream/consumer-group.ts";
import type { RedisConnection } from "../../src/stream/redis/redis-connection.ts";
import { type Elapsed, startStopwatch } from "./stopwatch.ts";

/** The maximum error at each end of a measurement of some seconds. */
const POLL_MS = 10;
const DEADLINE_MS = 300_000;

/** The last entry of the backlog, and the number of first entries that are read before the measurement. */
export interface Backlog {
  readonly lastId: string;
  readonly warmUpEntries: number;
}

/** Number of finished entries, and the time. */
export interface Drained extends Elapsed {
  readonly entries: number;
}

/** Measures a drain with the stopwatch of this process's tree, see `measureDrain`. */
export async function timeDrain(
  redis: RedisConnection,
  key: GroupKey,
  backlog: Backlog,
): Promise<Drained> {
  const { entries, measured } = await measureDrain(redis, key, {
    ...backlog,
    start: startStopwatch,
  });
  return { entries, ...measured };
}

/**
 * Waits until the group has read the first entries, while threads start and compile, then measures until it has finished every
 * entry up to the last. Reads the state of the group, independently of the engine.
 *
 * @param start starts to measure; what it returns ends the measurement.
 */
export async function measureDrain<Measured>(
  redis: RedisConnection,
  key: GroupKey,
  { lastId, warmUpEntries, start }: Backlog & { readonly start: () => () => Measured },
): Promise<{ readonly entries: number; readonly measured: Measured }> {
  const deadlineMs = performance.now() + DEADLINE_MS;
  const until = async (reached: (group: GroupState) => boolean): Promise<GroupState> => {
    while (performance.now() < deadlineMs) {
      const group = await readGroup(redis, key);
      if (reached(group)) return group;
      await delay(POLL_MS);
    }
    throw new Error("The stream was not drained");
  };
  const begun = await until(({ entriesRead }) => entriesRead > warmUpEntries);
  const end = start();
  const done = await until((group) => group.pending === 0 && group.lastDeliveredId === lastId);
  return { entries: finishedOf(done) - finishedOf(begun), measured: end() };
}

/** Reply of `XINFO GROUPS`: a list of names and values per group. */
const GroupsReply = Type.Array(Type.Array(Type.Unknown()));

interface GroupState {
  readonly entriesRead: number;
  readonly pending: number;
  readonly lastDeliveredId: string;
}

/** Pending entries were read but not finished. */
function finishedOf({ entriesRead, pending }: GroupState): number {
  return entriesRead - pending;
}

async function readGroup(redis: RedisConnection, { stream, group }: GroupKey): Promise<GroupState> {
  const groups = Value.Parse(GroupsReply, await redis.xinfo("GROUPS", stream));
  const flat = groups.find((candidate) => candidate[1] === group) ?? [];
  const field = (name: string): unknown => flat[flat.indexOf(name) + 1];
  return {
    entriesRead: Number(field("entries-read") ?? 0),
    pending: Number(field("pending")),
    lastDeliveredId: String(field("last-delivered-id")),
  };
}
