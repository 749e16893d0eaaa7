import type { Command } from "commander";
import type { Shell } from "../shell.ts";
import { addDropCommand } from "./drop-command.ts";
import { addListCommand } from "./list-command.ts";
import { addRetryCommand } from "./retry-command.ts";
import { addShowCommand } from "./show-command.ts";

const HELP = `
A stream entry that can never be stored becomes a dead letter: a row of dead_events with its fields and
the reason. /stats does not count it until it is sent again and stored.

Examples:
  queueflow dead-letters list
  queueflow dead-letters show 7
  queueflow dead-letters retry 7 --set timestamp=2026-01-15T09:30:00Z
  queueflow dead-letters drop 7 8 9`;

export function addDeadLettersCommand(program: Command, shell: Shell): void {
  const deadLetters = program
    .command("dead-letters")
    .summary("list, show, retry or drop events that could not be stored")
    .description("Lists, shows, retries or drops events that could not be stored.")
    .addHelpText("after", HELP);
  addListCommand(deadLetters, shell);
  addShowCommand(deadLetters, shell);
  addRetryCommand(deadLetters, shell);
  addDropCommand(deadLetters, shell);
}
