import { errorText, QueueFlowError } from "../../errors.ts";
import type { DataSubject } from "../../event/data-subject.ts";
import type { Database } from "../../store/database.ts";
import { vacuum } from "../../store/forget/vacuum.ts";
import { verifyRollups } from "../../store/rollups/verify-rollups.ts";
import {
  type RewriteOutcome,
  rewriteAppendOnlyFile,
} from "../../stream/rewrite-append-only-file.ts";
import type { ShardConnection } from "../../stream/shards/shard-connections.ts";
import { CommandFailure } from "../command-failure.ts";
import { openProgress } from "../progress.ts";
import { withServers } from "../servers.ts";
import { confirmed, print, type Shell } from "../shell.ts";
import { count } from "../text.ts";
import { differenceText } from "../upkeep/difference-text.ts";
import { type FoundData, findData, isEmpty } from "./find-data.ts";
import { foundLines, remainderLines, subjectText, tallyText } from "./forget-text.ts";
import { type ForgetTally, removeData } from "./remove-data.ts";
import { waitForBacklog } from "./wait-for-backlog.ts";

const DIFFERENCES_SHOWN_MAX = 20;

/**
 * Removes what was accepted of a subject before the call, shows it first, and proves that it is gone. May be repeated after any
 * interruption, and run at the same time as another.
 */
export async function forget(
  shell: Shell,
  subject: DataSubject,
  { yes }: { readonly yes: boolean },
): Promise<void> {
  if (!yes && !shell.stdin.isTTY) {
    const message = "Cannot ask for confirmation without a terminal: add --yes to remove the data";
    throw new QueueFlowError("invalid_usage", message);
  }
  const tally: ForgetTally = { events: 0, letters: 0, entries: 0 };
  const work = {
    failure: `Cannot forget ${subjectText(subject)}`,
    soFar: () => `after ${tallyText(tally)}; run it again to remove the rest`,
  };
  await withServers(shell, work, async (servers, signal) => {
    const { database } = servers;
    const shards = await servers.allShards();
    const access = { database, redis: await servers.redis(), stream: servers.key.stream };
    const start = await waitForBacklog({ shell, servers, shards, signal });
    const context = { shell, database, shards, access, subject, start, tally, signal };
    const found = await findData(context);
    if (isEmpty(found))
      print(shell, `Nothing of ${subjectText(subject)} is stored. Ids must match exactly.`);
    else await removeConfirmed();
    await verify(shell, database, { subject, found });
    const remaining = await findData(context);
    if (!isEmpty(remaining)) throw remainingFailure(subject, remaining);
    print(shell, "Verified: the rollups match the events, and a search finds nothing of it.");
    const rewrite = await rewriteAll(shards, signal);
    const vacuumFailure = await vacuum(database).then(() => undefined, errorText);
    const prunedDays =
      subject.userId === undefined ? 0 : found.rows.days.filter(({ isPruned }) => isPruned).length;
    const { otherGroups } = start;
    print(shell, ...remainderLines({ rewrite, vacuumFailure, otherGroups, prunedDays }));

    async function removeConfirmed(): Promise<void> {
      print(shell, `Stored of ${subjectText(subject)}:`, ...foundLines(subject, found));
      if (!yes && !(await confirmed(shell, "Remove all of it permanently?"))) {
        throw new CommandFailure(1, "Removed nothing");
      }
      await removeData(context, found);
      print(shell, `Removed ${tallyText(tally)}.`);
    }
  });
}

/** Returns the worst outcome of the servers. */
async function rewriteAll(
  shards: readonly ShardConnection[],
  signal: AbortSignal,
): Promise<RewriteOutcome> {
  const connections = new Set(shards.map(({ redis }) => redis));
  const outcomes = await Promise.all(
    Array.from(connections, async (redis) => await rewriteAppendOnlyFile(redis, signal)),
  );
  const of = (kind: RewriteOutcome["kind"]) => outcomes.find((outcome) => outcome.kind === kind);
  return of("refused") ?? of("off") ?? { kind: "started" };
}

/** @throws CommandFailure when the rollups of the days that were touched do not match their events. */
async function verify(
  shell: Shell,
  database: Database,
  { subject: { siteId }, found }: { readonly subject: DataSubject; readonly found: FoundData },
): Promise<void> {
  const { days } = found.rows;
  // An earlier run may have removed everything, and been interrupted here.
  const range = {
    siteId,
    from: days[0]?.date ?? "-infinity",
    to: days.at(-1)?.date ?? "infinity",
  };
  using progress = openProgress(shell, "Verifying");
  const { rows, total } = await verifyRollups(database, {
    range,
    rowsMax: DIFFERENCES_SHOWN_MAX,
    onProgress: (events, all) => progress.update(count(events, "event"), events / Math.max(all, 1)),
  });
  if (total === 0) return;
  print(shell, ...rows.map(differenceText));
  const message = `The rollups do not match the events: ${count(total, "difference")}; correct them with \`queueflow rebuild\`, and run this again`;
  throw new CommandFailure(1, message);
}

function remainingFailure(subject: DataSubject, remaining: FoundData): CommandFailure {
  const lines = foundLines(subject, remaining).map((line) => line.trim());
  return new CommandFailure(
    1,
    `A search still finds of ${subjectText(subject)}: ${lines.join("; ")}. Run this again`,
  );
}
