import {
  type StoreOutcome,
  type WaitOptions,
  waitUntilStored,
} from "../inspect/wait-until-stored.ts";
import type { ShardConnection } from "./shard-connections.ts";

/**
 * Waits until each shard's entries up to its one in `newest` are stored. `onBacklog` gets the backlog of all.
 *
 * @throws the reason of the signal.
 */
export async function waitUntilAllStored(
  shards: readonly ShardConnection[],
  newest: ReadonlyMap<string, string>,
  { onBacklog, ...options }: WaitOptions,
): Promise<StoreOutcome> {
  const left = new Map<string, number>();
  const note = (stream: string, entries: number): void => {
    left.set(stream, entries);
    onBacklog(Array.from(left.values()).reduce((sum, each) => sum + each, 0));
  };
  const outcomes = await Promise.all(
    shards.map(async ({ redis, key }) => {
      const lastEntryId = newest.get(key.stream);
      if (lastEntryId === undefined) return "stored";
      const { stream } = key;
      const ofShard = { ...options, onBacklog: (entries: number) => note(stream, entries) };
      const outcome = await waitUntilStored(redis, { key, lastEntryId }, ofShard);
      left.delete(stream);
      return outcome;
    }),
  );
  return outcomes.every((outcome) => outcome === "stored") ? "stored" : "standstill";
}
