import type { Command } from "commander";
import { type Corrections, checkCorrections } from "../../administer/dead-letters/corrections.ts";
import { retryDeadLetters } from "../../administer/dead-letters/retry.ts";
import type { RetryTally } from "../../administer/dead-letters/send-again.ts";
import { printable } from "../../log/printable.ts";
import { CommandFailure } from "../command-failure.ts";
import { withServers } from "../servers.ts";
import { print, type Shell } from "../shell.ts";
import { count } from "../text.ts";
import { collectCorrection } from "./corrections.ts";
import {
  addSelection,
  checkNoneMissing,
  checkSelection,
  type Selection,
  selectedIds,
} from "./selection.ts";

const HELP = `
Appends the fields to their stream as a new entry, and deletes the dead letter once Redis has the entry.
It is safe to interrupt and to run again: an event counts once, identified by its event_id. An event
without event_id gets one derived from its entry. Once a retry has begun, others can only complete it with
the same values. A dead letter that still could not be stored is
refused unless --set corrects it. One that crashed its thread will crash threads again until the cause
is fixed.

Examples:
  queueflow dead-letters retry 7 8
  queueflow dead-letters retry 7 --set site_id=example.com --set timestamp=2026-01-15T09:30:00Z
  queueflow dead-letters retry --all`;

interface RetryFlags {
  readonly all?: boolean;
  readonly set?: Corrections;
}

export function addRetryCommand(deadLetters: Command, shell: Shell): void {
  addSelection(deadLetters.command("retry"))
    .summary("send some or all to the stream again")
    .description("Sends dead letters to the stream again.")
    .option("--set <field=value>", "corrects a field; may be repeated", collectCorrection)
    .addHelpText("after", HELP)
    .action(async (ids: readonly string[] = [], { all = false, set = {} }: RetryFlags) => {
      const selection = { ids, all };
      checkSelection(selection);
      checkCorrections(set, selection);
      await retry(shell, selection, set);
    });
}

async function retry(shell: Shell, selection: Selection, corrections: Corrections): Promise<void> {
  const tally: RetryTally = { sent: 0, refused: 0, firstRefused: [], missingIds: [] };
  try {
    await withServers(shell, { failure: "Cannot retry the dead letters" }, async (servers) => {
      const shards = await servers.shards();
      const { database } = servers;
      const ids = await selectedIds(database, selection);
      const replicasMin = servers.config.redisReplicasMin;
      await retryDeadLetters({ database, shards, replicasMin }, { ids, corrections, tally });
    });
  } finally {
    print(shell, ...reportLines(tally));
  }
  const { sent, refused, missingIds } = tally;
  if (sent + refused + missingIds.length === 0) print(shell, "There are no dead letters.");
  checkNoneMissing(selection, missingIds);
  if (refused === 0) return;
  const message = `Refused ${count(refused, "dead letter")}: correct with --set what still could not be stored, or drop it`;
  throw new CommandFailure(1, message);
}

/** Also printed when the retry fails midway; empty when it had no effect. */
function reportLines({ sent, refused, firstRefused }: RetryTally): readonly string[] {
  return [
    ...(sent === 0 ? [] : [`Sent ${count(sent, "dead letter")} to the stream again.`]),
    ...(refused === 0 ? [] : [`Refused ${count(refused, "dead letter")}:`]),
    ...firstRefused.map(({ id, why }) => `  ${id}  ${printable(why)}`),
    ...(refused > firstRefused.length ? ["  and more"] : []),
  ];
}
