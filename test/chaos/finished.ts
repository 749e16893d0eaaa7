import { expect } from "bun:test";
import { eventually } from "../support/eventually.ts";
import type { World } from "./world.ts";

/** For a backlog on a slow machine. */
const FINISH_MS_MAX = 60_000;

/** Returns the id of the last appended entry. */
export async function lastEntryId({ redis, key }: World): Promise<string> {
  return await eventually(async () => {
    const flat = (await redis.xinfo("STREAM", key.stream)) as unknown[];
    return String(fieldOf(flat, "last-generated-id"));
  }, FINISH_MS_MAX);
}

/** Waits, under load, until the group has finished every entry up to `id`. */
export async function untilFinishedTo({ redis, key }: World, id: string): Promise<void> {
  await eventually(async () => {
    const groups = (await redis.xinfo("GROUPS", key.stream)) as unknown[][];
    const own = groups.find((flat) => fieldOf(flat, "name") === key.group) ?? [];
    const delivered = String(fieldOf(own, "last-delivered-id"));
    const pending = (await redis.xpending(key.stream, key.group)) as [number, string | null];
    const oldestPending = pending[1];
    const isFinished =
      !isBefore(delivered, id) && (oldestPending === null || isBefore(id, oldestPending));
    expect({ to: id, delivered, oldestPending, isFinished }).toMatchObject({ isFinished: true });
  }, FINISH_MS_MAX);
}

function fieldOf(flat: readonly unknown[], name: string): unknown {
  return flat[flat.indexOf(name) + 1];
}

function isBefore(one: string, other: string): boolean {
  const [ms = 0n, sequence = 0n] = one.split("-").map(BigInt);
  const [otherMs = 0n, otherSequence = 0n] = other.split("-").map(BigInt);
  return ms < otherMs || (ms === otherMs && sequence < otherSequence);
}
