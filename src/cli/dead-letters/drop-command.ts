import type { Command } from "commander";
import { QueueFlowError } from "../../errors.ts";
import type { Database } from "../../store/database.ts";
import { deleteDeadLetters } from "../../store/dead-letters.ts";
import { CommandFailure } from "../command-failure.ts";
import { withServers } from "../servers.ts";
import { confirmed, print, type Shell } from "../shell.ts";
import { count } from "../text.ts";
import {
  addSelection,
  checkNoneMissing,
  checkSelection,
  pagesOf,
  type Selection,
  selectedIds,
} from "./selection.ts";

const HELP = `
Dropped dead letters cannot be recovered. Without --yes the command asks for confirmation, which needs
a terminal.

Examples:
  queueflow dead-letters drop 7 8 9
  queueflow dead-letters drop --all --yes`;

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
  const dropped = new Set<string>();
  for (const page of pagesOf(ids)) {
    for (const id of await deleteDeadLetters(database, page)) dropped.add(id);
  }
  print(shell, `Dropped ${count(dropped.size, "dead letter")}.`);
  checkNoneMissing(
    selection,
    ids.filter((id) => !dropped.has(id)),
  );
}
