import type { Command } from "commander";
import { dropDeadLetters } from "../../administer/dead-letters/drop.ts";
import { QueueFlowError } from "../../errors.ts";
import type { Database } from "../../store/database.ts";
import { CommandFailure } from "../command-failure.ts";
import { withServers } from "../servers.ts";
import { confirmed, print, type Shell } from "../shell.ts";
import { count } from "../text.ts";
import {
  addSelection,
  checkNoneMissing,
  checkSelection,
  type Selection,
  selectedIds,
} from "./selection.ts";

const HELP = `
Dropped dead letters cannot be recovered. One whose retry was interrupted is kept, because it may have been
sent: retry it again. Without --yes the command asks for confirmation, which needs a terminal.

Examples:
  queueflow dead-letters drop 7 8 9
  queueflow dead-letters drop --all --yes`;

const NAMED_MAX = 20;

interface DropFlags {
  readonly all?: boolean;
  readonly yes?: boolean;
}

export function addDropCommand(deadLetters: Command, shell: Shell): void {
  addSelection(deadLetters.command("drop"))
    .summary("drop some or all permanently")
    .description("Drops dead letters permanently.")
    .option("--yes", "do not ask for confirmation")
    .addHelpText("after", HELP)
    .action(async (ids: readonly string[] = [], { all = false, yes = false }: DropFlags) => {
      const selection = { ids, all };
      checkSelection(selection);
      if (!yes && !shell.stdin.isTTY) {
        const message = "Cannot ask for confirmation without a terminal: add --yes to drop them";
        throw new QueueFlowError("invalid_usage", message);
      }
      const work = { failure: "Cannot drop the dead letters" };
      await withServers(
        shell,
        work,
        async ({ database }) => await drop(database, { shell, selection, yes }),
      );
    });
}

async function drop(
  database: Database,
  { shell, selection, yes }: { shell: Shell; selection: Selection; yes: boolean },
): Promise<void> {
  const ids = await selectedIds(database, selection);
  const question = `Drop ${count(ids.length, "dead letter")} permanently?`;
  if (!yes && ids.length > 0 && !(await confirmed(shell, question))) {
    throw new CommandFailure(1, "Dropped nothing");
  }
  const { dropped, begun, missing } = await dropDeadLetters(database, ids);
  print(shell, `Dropped ${count(dropped.length, "dead letter")}.`);
  checkNoneMissing(selection, missing);
  if (begun.length === 0) return;
  const message = `Kept ${count(begun.length, "dead letter")} whose retry has begun and may have sent them: complete it with \`queueflow dead-letters retry ${begun.slice(0, NAMED_MAX).join(" ")}\``;
  throw new CommandFailure(1, message);
}
