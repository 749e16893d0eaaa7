import { expect } from "bun:test";
import { eventually } from "../support/eventually.ts";
import type { World } from "./world.ts";

/** Without progress, the backlog is stuck: even a slow machine finishes one of its entries in this time. */
const PROGRESS_MS_MAX = 60_000;

/** Returns the id of the last appended entry. */
export async function lastEntryId({ redis, key }: World): Promise<string> {
  return await eventually(async () => {
    const flat = (await redis.xinfo("STREAM", key.stream)) as unknown[];
    return String(fieldOf(flat, "last-generated-id"));
  }, PROGRESS_MS_MAX);
}

/** Waits, under load, until the group has finished every entry up to `id`. */
export async function untilFinishedTo(world: World, id: string): Promise<void> {
  for (let oldest = await oldestUnfinished(world); !isBefore(id, oldest); ) {
    const stuck = oldest;
    oldest = await eventually(async () => {
      const now = await oldestUnfinished(world);
      expect(now, `the oldest unfinished entry, of those up to ${id}`).not.toBe(stuck);
      return now;
    }, PROGRESS_MS_MAX);
  }
}

/** Returns the id of the oldest pending entry, or else the id after the last delivered one. */
async function oldestUnfinished({ redis, key }: World): Promise<string> {
  return await eventually(async () => {
    const groups = (await redis.xinfo("GROUPS", key.stream)) as unknown[][];
    const own = groups.find((flat) => fieldOf(flat, "name") === key.group);
    if (own === undefined) throw new Error(`There is no group ${key.group}`);
    const [ms, sequence] = String(fieldOf(own, "last-delivered-id")).split("-");
    const pending = (await redis.xpending(key.stream, key.group)) as [number, string | null];
    return pending[1] ?? `${ms}-${BigInt(sequence ?? 0) + 1n}`;
  }, PROGRESS_MS_MAX);
}

function fieldOf(flat: readonly unknown[], name: string): unknown {
  return flat[flat.indexOf(name) + 1];
}

function isBefore(one: string, other: string): boolean {
  const [ms = 0n, sequence = 0n] = one.split("-").map(BigInt);
  const [otherMs = 0n, otherSequence = 0n] = other.split("-").map(BigInt);
  return ms < otherMs || (ms === otherMs && sequence < otherSequence);
}
