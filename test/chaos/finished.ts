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

interface Progress {
  /** The id of the oldest pending entry, or else the id after the last delivered one. */
  readonly oldest: string;
  /** Pending entries up to the id that is waited for, 10,000 at most. */
  readonly pending: number;
}

/** Waits, under load, until the group has finished every entry up to `id`. */
export async function untilFinishedTo(world: World, id: string): Promise<void> {
  for (let progress = await progressTo(world, id); !isBefore(id, progress.oldest); ) {
    const stuck = progress;
    progress = await eventually(async () => {
      const now = await progressTo(world, id);
      expect(now, `the unfinished entries up to ${id}`).not.toEqual(stuck);
      return now;
    }, PROGRESS_MS_MAX);
  }
}

/** A reclaimer scans the stream from where it was, so that the oldest entry may be its last. */
async function progressTo({ redis, key }: World, id: string): Promise<Progress> {
  return await eventually(async () => {
    const groups = (await redis.xinfo("GROUPS", key.stream)) as unknown[][];
    const own = groups.find((flat) => fieldOf(flat, "name") === key.group);
    if (own === undefined) throw new Error(`There is no group ${key.group}`);
    const [ms, sequence] = String(fieldOf(own, "last-delivered-id")).split("-");
    const pending = await redis.xpending(key.stream, key.group, "-", id, 10_000);
    const [, first] = (await redis.xpending(key.stream, key.group)) as [number, string | null];
    const oldest = first ?? `${ms}-${BigInt(sequence ?? 0) + 1n}`;
    return { oldest, pending: pending.length };
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
