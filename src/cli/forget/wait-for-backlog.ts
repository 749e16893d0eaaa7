import { announceForget } from "../../store/forget/announce-forget.ts";
import type { ForgetCut } from "../../store/forget/subject-rows.ts";
import { readSettledId } from "../../store/rollups/rebuild-plan.ts";
import { readGroups } from "../../stream/inspect/read-stream.ts";
import { readStreamEnd } from "../../stream/inspect/read-stream-end.ts";
import { standstillMs } from "../../stream/inspect/standstill.ts";
import { waitUntilStored } from "../../stream/inspect/wait-until-stored.ts";
import type { ShardConnection } from "../../stream/shards/shard-connections.ts";
import { CommandFailure } from "../command-failure.ts";
import { openProgress } from "../progress.ts";
import type { Servers } from "../servers.ts";
import type { Shell } from "../shell.ts";
import { count, duration } from "../text.ts";
import { retryLocked } from "../upkeep/retry-locked.ts";

/** What the command removes: all that was accepted before it started. */
export interface ForgetStart {
  readonly cut: ForgetCut;
  /** The last entry of each shard that is not empty. */
  readonly lastEntryIds: ReadonlyMap<string, string>;
  /** Groups that other programs read. */
  readonly otherGroups: readonly string[];
}

export interface WaitContext {
  readonly shell: Shell;
  readonly servers: Servers;
  readonly shards: readonly ShardConnection[];
  readonly signal: AbortSignal;
  /** `standstillMs` by default. */
  readonly giveUpMs?: number;
}

/**
 * Resolves when every group that is read has processed the backlog of now. A pending entry counts: committed but not acknowledged, it would be
 * delivered again, and stored again once its row is gone.
 *
 * @throws CommandFailure when a group finishes nothing for `giveUpMs`.
 */
export async function waitForBacklog(context: WaitContext): Promise<ForgetStart> {
  const { servers, shards, signal } = context;
  const { database } = servers;
  const readId = async () => await retryLocked(signal, async () => await readSettledId(database));
  // In this order: `readId` waits for transactions that may not have seen it.
  await announceForget(database);
  const settledId = await readId();
  const ends = await Promise.all(
    shards.map(async (shard) => ({
      shard,
      ...(await readStreamEnd(shard.redis, shard.key.stream)),
    })),
  );
  const otherGroups = new Set<string>();
  const lastEntryIds = new Map<string, string>();
  for (const { shard, lastEntryId } of ends) {
    const others = await readOtherGroups(shard);
    for (const name of others) otherGroups.add(name);
    if (lastEntryId === undefined) continue;
    lastEntryIds.set(shard.key.stream, lastEntryId);
    for (const group of [shard.key.group, ...others]) {
      await waitForGroup(context, shard, { group, lastEntryId });
    }
  }
  // Of servers whose clocks differ, the latest: all that was accepted before the start must go.
  const receivedBefore = new Date(
    Math.max(...ends.map(({ receivedBeforeMs }) => receivedBeforeMs)),
  ).toISOString();
  const isAhead = ends.some((end) => end.isAhead);
  const cut = { settledId: isAhead ? await readId() : settledId, receivedBefore };
  return { cut, lastEntryIds, otherGroups: [...otherGroups] };
}

/** A group without consumers only keeps entries in the stream, as for a backup. */
async function readOtherGroups({ redis, key }: ShardConnection): Promise<readonly string[]> {
  const read = (await readGroups(redis, key.stream)).filter(({ consumers }) => consumers > 0);
  return read.map(({ name }) => name).filter((name) => name !== key.group);
}

async function waitForGroup(
  { shell, servers, signal, giveUpMs = standstillMs(servers.config) }: WaitContext,
  { redis, key: { stream, group: ownGroup } }: ShardConnection,
  { group, lastEntryId }: { readonly group: string; readonly lastEntryId: string },
): Promise<void> {
  using progress = openProgress(shell, "Waiting for the backlog:");
  const outcome = await waitUntilStored(
    redis,
    { key: { stream, group }, lastEntryId },
    {
      signal,
      giveUpMs,
      onBacklog: (entries) => progress.update(`${count(entries, "event")} left`),
    },
  );
  if (outcome === "stored") return;
  const advice =
    group === ownGroup
      ? "Start the engine, or find out with `queueflow doctor` why it stores nothing, and run this again"
      : `Start its program, or remove the group with \`XGROUP DESTROY ${stream} ${group}\`, and run this again`;
  throw new CommandFailure(
    1,
    `Removed nothing: the consumer group ${JSON.stringify(group)} has finished no entry for ${duration(giveUpMs)}, and events in its backlog would come back. ${advice}`,
  );
}
