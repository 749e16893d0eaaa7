import type { Command } from "commander";
import { QueueFlowError } from "../../errors.ts";
import type { Database } from "../../store/database.ts";
import { deleteDeadEvents } from "../../store/dead-letters/delete-dead-events.ts";
import { CommandFailure } from "../command-failure.ts";
import { count } from "../plain-text.ts";
import {
  addLetterChoice,
  checkLetterChoice,
  checkNoneMissing,
  chosenIds,
  type LetterChoice,
  pagesOf,
} from "./letter-choice.ts";
import { withDatabase } from "./with-database.ts";

const HELP = `
What is dropped is gone. Without --yes it asks first, and needs a terminal for that.

Examples:
  queueflow dead-letters drop 7 8 9
  queueflow dead-letters drop --all --yes`;

interface DropFlags {
  readonly all?: boolean;
  readonly yes?: boolean;
}

/** Adds `queueflow dead-letters drop ID… | --all`. */
export function addDropCommand(deadLetters: Command): void {
  addLetterChoice(deadLetters.command("drop"))
    .summary("drop some or all for good")
    .description("Drops dead letters for good.")
    .option("--yes", "do not ask")
    .addHelpText("after", HELP)
    .action(dropCommand);
}

async function dropCommand(
  ids: readonly string[] = [],
  { all = false, yes = false }: DropFlags,
): Promise<void> {
  const choice = { ids, all };
  checkLetterChoice(choice);
  if (!yes && !process.stdin.isTTY) {
    throw new QueueFlowError("invalid_usage", "Nobody can be asked here: say --yes to drop them");
  }
  await withDatabase(
    "The dead letters could not be dropped",
    async (database) => await drop(database, choice, yes),
  );
}

async function drop(database: Database, choice: LetterChoice, yes: boolean): Promise<void> {
  const ids = await chosenIds(database, choice);
  const question = `Drop ${count(ids.length, "dead letter")} for good?`;
  // oxlint-disable-next-line no-alert -- on a terminal it is a question on standard input
  if (!yes && ids.length > 0 && !confirm(question)) {
    throw new CommandFailure(1, "Nothing was dropped");
  }
  const dropped = new Set<string>();
  for (const page of pagesOf(ids)) {
    for (const id of await deleteDeadEvents(database, page)) dropped.add(id);
  }
  process.stdout.write(`Dropped ${count(dropped.size, "dead letter")}.\n`);
  checkNoneMissing(
    choice,
    ids.filter((id) => !dropped.has(id)),
  );
}
