import type { Command } from "commander";
import { printable } from "../../log/printable.ts";
import { findDeadEvents } from "../../store/dead-letters/find-dead-events.ts";
import type { StoredDeadEvent } from "../../store/dead-letters/stored-dead-event.ts";
import { receivedMsOf } from "../../stream/stream-entry.ts";
import { CommandFailure } from "../command-failure.ts";
import { parseLetterId } from "./letter-choice.ts";
import { withDatabase } from "./with-database.ts";

const HELP = `
The values of its fields are shown as JSON strings.

Example:
  queueflow dead-letters show 7`;

/** Adds `queueflow dead-letters show ID`. */
export function addShowCommand(deadLetters: Command): void {
  deadLetters
    .command("show")
    .summary("show all of one")
    .description("Shows all that is known of a dead letter.")
    .argument("<id>", "its number, as `list` shows it", parseLetterId)
    .addHelpText("after", HELP)
    .action(showCommand);
}

async function showCommand(id: string): Promise<void> {
  const [event] = await withDatabase(
    "The dead letter could not be read",
    async (database) => await findDeadEvents(database, [id]),
  );
  if (event === undefined) throw new CommandFailure(1, `There is no dead letter ${id}`);
  process.stdout.write(`${description(event).join("\n")}\n`);
}

/** By the clock of Redis, and not after PostgreSQL has set it aside. */
function receivedAtOf({ entryId, fields, diedAt }: StoredDeadEvent): string {
  const entry = { id: entryId, flatFields: Object.entries(fields).flat() };
  return new Date(receivedMsOf(entry, diedAt.getTime())).toISOString();
}

function description(event: StoredDeadEvent): string[] {
  const { id, stream, entryId, diedAt, deliveries, reason, fields } = event;
  return [
    `dead letter  ${id}`,
    `died at      ${diedAt.toISOString()}`,
    `reason       ${printable(reason)}`,
    `stream       ${printable(stream)}`,
    `entry        ${entryId}, received ${receivedAtOf(event)}`,
    `deliveries   ${deliveries}`,
    "fields",
    ...Object.entries(fields).map(
      ([name, value]) => `  ${printable(name)}: ${printable(JSON.stringify(value))}`,
    ),
  ];
}
