import { setTimeout as delay } from "node:timers/promises";
import { Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import type { GroupKey } from "../../src/stream/consumer-group.ts";
import type { RedisConnection } from "../../src/stream/redis/redis-connection.ts";
import { type Elapsed, startStopwatch } from "./stopwatch.ts";

/** The error of the figure is one of these at each end, of some seconds. */
const POLL_MS = 10;
const DEADLINE_MS = 300_000;

/** The backlog that is drained: its last entry, and how many of the first are read before the time begins. */
export interface Backlog {
  readonly lastId: string;
  readonly warmUpEntries: number;
}

/** How many entries were finished in the time, and what that took. */
export interface Drained extends Elapsed {
  readonly entries: number;
}

/**
 * Waits until the group has read the first entries, while threads start and their code is compiled, then until it has
 * finished every entry up to the last, and answers what that took and how many were finished meanwhile. What the group
 * says of itself needs no word of the engine's.
 */
export async function timeDrain(
  redis: RedisConnection,
  key: GroupKey,
  { lastId, warmUpEntries }: Backlog,
): Promise<Drained> {
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
  const elapsed = startStopwatch();
  const done = await until((group) => group.pending === 0 && group.lastDeliveredId === lastId);
  return { entries: finishedOf(done) - finishedOf(begun), ...elapsed() };
}

/** `XINFO GROUPS`: names and values in turn, a list a group. */
const GroupsReply = Type.Array(Type.Array(Type.Unknown()));

interface GroupState {
  readonly entriesRead: number;
  readonly pending: number;
  readonly lastDeliveredId: string;
}

/** What is pending was read, and is not finished. */
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
