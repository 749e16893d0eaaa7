import { setTimeout as delay } from "node:timers/promises";
import { Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import type { GroupKey } from "../../src/stream/consumer-group.ts";
import type { RedisConnection } from "../../src/stream/redis-connection.ts";
import { type Elapsed, startStopwatch } from "./stopwatch.ts";

/** The error of the figure is one of these at each end, of some seconds. */
const POLL_MS = 10;
const DEADLINE_MS = 300_000;

/**
 * Waits until the group begins to read, then until it has finished every entry up to `lastId`, and answers
 * what that took. What the group says of itself needs no word of the engine's.
 */
export async function timeDrain(
  redis: RedisConnection,
  key: GroupKey,
  lastId: string,
): Promise<Elapsed> {
  const deadlineMs = performance.now() + DEADLINE_MS;
  const until = async (reached: (group: GroupState) => boolean): Promise<void> => {
    while (performance.now() < deadlineMs) {
      const group = await readGroup(redis, key);
      if (reached(group)) return;
      await delay(POLL_MS);
    }
    throw new Error("The stream was not drained");
  };
  await until(({ entriesRead }) => entriesRead > 0);
  const elapsed = startStopwatch();
  await until(({ pending, lastDeliveredId }) => pending === 0 && lastDeliveredId === lastId);
  return elapsed();
}

/** `XINFO GROUPS`: names and values in turn, a list a group. */
const GroupsReply = Type.Array(Type.Array(Type.Unknown()));

interface GroupState {
  readonly entriesRead: number;
  readonly pending: number;
  readonly lastDeliveredId: string;
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
