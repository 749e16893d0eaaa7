import type { Command } from "commander";
import { addDropCommand } from "./drop-command.ts";
import { addListCommand } from "./list-command.ts";
import { addRetryCommand } from "./retry-command.ts";
import { addShowCommand } from "./show-command.ts";

const HELP = `
An entry of the stream that can never be stored as it is becomes a dead letter: a row of dead_events
with its fields and the reason. It is in no number of /stats until it is sent again and stored.

Examples:
  queueflow dead-letters list
  queueflow dead-letters show 7
  queueflow dead-letters retry 7 --set timestamp=2026-01-15T09:30:00Z
  queueflow dead-letters drop 7 8 9`;

/** Adds `queueflow dead-letters` and its subcommands. */
export function addDeadLettersCommand(program: Command): void {
  const deadLetters = program
    .command("dead-letters")
    .summary("list, show, send again or drop what could not be stored")
    .description("Lists, shows, sends again or drops entries that could not be stored.")
    .addHelpText("after", HELP);
  addListCommand(deadLetters);
  addShowCommand(deadLetters);
  addRetryCommand(deadLetters);
  addDropCommand(deadLetters);
}
