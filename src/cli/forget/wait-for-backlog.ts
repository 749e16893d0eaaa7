import { announceForget } from "../../store/forget/announce-forget.ts";
import type { ForgetCut } from "../../store/forget/subject-rows.ts";
import { readSettledId } from "../../store/rollups/rebuild-plan.ts";
import { readGroups } from "../../stream/inspect/read-stream.ts";
import { readStreamEnd } from "../../stream/inspect/read-stream-end.ts";
import { standstillMs } from "../../stream/inspect/standstill.ts";
import { waitUntilStored } from "../../stream/inspect/wait-until-stored.ts";
import type { RedisConnection } from "../../stream/redis/redis-connection.ts";
import { CommandFailure } from "../command-failure.ts";
import { openProgress } from "../progress.ts";
import type { Servers } from "../servers.ts";
import type { Shell } from "../shell.ts";
import { count, duration } from "../text.ts";
import { retryLocked } from "../upkeep/retry-locked.ts";

/** What the command removes: all that was accepted before it started. */
export interface ForgetStart {
  readonly cut: ForgetCut;
  /** Undefined for an empty stream. */
  readonly lastEntryId: string | undefined;
  /** Groups that other programs read. */
  readonly otherGroups: readonly string[];
}

export interface WaitContext {
  readonly shell: Shell;
  readonly servers: Servers;
  readonly redis: RedisConnection;
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
  const { servers, redis, signal } = context;
  const { database, key } = servers;
  const readId = async () => await retryLocked(signal, async () => await readSettledId(database));
  // In this order: `readId` waits for transactions that may not have seen it.
  await announceForget(database);
  const settledId = await readId();
  const { lastEntryId, receivedBeforeMs, isAhead } = await readStreamEnd(redis, key.stream);
  // A group without consumers only keeps entries in the stream, as for a backup.
  const read = (await readGroups(redis, key.stream)).filter(({ consumers }) => consumers > 0);
  const otherGroups = read.map(({ name }) => name).filter((name) => name !== key.group);
  if (lastEntryId !== undefined) {
    for (const group of [key.group, ...otherGroups]) {
      await waitForGroup(context, { group, lastEntryId });
    }
  }
  const receivedBefore = new Date(receivedBeforeMs).toISOString();
  const cut = { settledId: isAhead ? await readId() : settledId, receivedBefore };
  return { cut, lastEntryId, otherGroups };
}

async function waitForGroup(
  { shell, servers, redis, signal, giveUpMs = standstillMs(servers.config) }: WaitContext,
  { group, lastEntryId }: { readonly group: string; readonly lastEntryId: string },
): Promise<void> {
  const { stream, group: ownGroup } = servers.key;
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
