import type { Command } from "commander";
import { printable } from "../../log/printable.ts";
import { findDeadLetters, type StoredDeadLetter } from "../../store/dead-letters.ts";
import { receivedMsOf } from "../../stream/stream-entry.ts";
import { CommandFailure } from "../command-failure.ts";
import { withServers } from "../servers.ts";
import { print, type Shell } from "../shell.ts";
import { table } from "../text.ts";
import { parseLetterId } from "./selection.ts";

const HELP = `
Field values are shown as JSON strings.

Example:
  queueflow dead-letters show 7`;

export function addShowCommand(deadLetters: Command, shell: Shell): void {
  deadLetters
    .command("show")
    .summary("show one in full")
    .description("Shows everything known about a dead letter.")
    .argument("<id>", "its ID, as listed by `list`", parseLetterId)
    .addHelpText("after", HELP)
    .action(async (id: string) => await show(shell, id));
}

async function show(shell: Shell, id: string): Promise<void> {
  const [event] = await withServers(
    shell,
    { failure: "Cannot read the dead letter" },
    async ({ database }) => await findDeadLetters(database, [id]),
  );
  if (event === undefined) throw new CommandFailure(1, `There is no dead letter ${id}`);
  print(shell, ...description(event));
}

function description(event: StoredDeadLetter): readonly string[] {
  const { id, stream, entryId, diedAt, deliveries, reason, fields, retryFields } = event;
  return [
    ...table([
      ["Dead letter", id],
      ["Set aside at", diedAt.toISOString()],
      ["Reason", reason],
      ["Stream", stream],
      ["Entry", `${entryId}, received at ${receivedAt(event)}`],
      ["Deliveries", String(deliveries)],
    ]),
    "Fields",
    ...fieldLines(fields),
    ...(retryFields === null
      ? []
      : ["A retry has begun, with the fields", ...fieldLines(retryFields)]),
  ];
}

function fieldLines(fields: StoredDeadLetter["fields"]): readonly string[] {
  return Object.entries(fields).map(
    ([name, value]) => `  ${printable(name)}: ${printable(JSON.stringify(value))}`,
  );
}

/** By the clock of Redis, but no later than when PostgreSQL set the entry aside. */
function receivedAt({ entryId, fields, diedAt }: StoredDeadLetter): string {
  const entry = { id: entryId, flatFields: Object.entries(fields).flat() };
  return new Date(receivedMsOf(entry, diedAt.getTime())).toISOString();
}
