import { type Command, InvalidArgumentError } from "commander";
import { printable } from "../../log/printable.ts";
import { listDeadEvents } from "../../store/dead-letters/list-dead-events.ts";
import type { StoredDeadEvent } from "../../store/dead-letters/stored-dead-event.ts";
import { count } from "../plain-text.ts";
import { withDatabase } from "./with-database.ts";

const LETTERS_LISTED = 20;
const LETTERS_LISTED_MAX = 10_000;
const REASON_CHARACTERS_MAX = 120;

const HELP = `
With --json each line is one dead letter with all its fields, for a program to read.

Examples:
  queueflow dead-letters list
  queueflow dead-letters list --limit 1000 --json | jq .reason`;

interface ListFlags {
  readonly limit: number;
  readonly json?: boolean;
}

/** Adds `queueflow dead-letters list`. */
export function addListCommand(deadLetters: Command): void {
  deadLetters
    .command("list")
    .summary("list them, newest first")
    .description("Lists dead letters, newest first.")
    .option("--limit <number>", "how many at most", parseLimit, LETTERS_LISTED)
    .option("--json", "print one JSON object a line")
    .addHelpText("after", HELP)
    .action(listCommand);
}

async function listCommand({ limit, json = false }: ListFlags): Promise<void> {
  const { events, total } = await withDatabase(
    "The dead letters could not be read",
    async (database) => await listDeadEvents(database, { eventsMax: limit }),
  );
  const lines = json ? events.map((event) => JSON.stringify(event)) : table(events, total);
  if (lines.length > 0) process.stdout.write(`${lines.join("\n")}\n`);
}

function parseLimit(value: string): number {
  const limit = /^\d{1,5}$/.test(value) ? Number(value) : 0;
  if (limit >= 1 && limit <= LETTERS_LISTED_MAX) return limit;
  throw new InvalidArgumentError(`Expected a number from 1 to ${LETTERS_LISTED_MAX}.`);
}

function table(events: readonly StoredDeadEvent[], total: number): string[] {
  if (total === 0) return ["There are no dead letters."];
  const idWidth = Math.max(...events.map(({ id }) => id.length));
  const shown = events.length === total ? "" : `${count(events.length, "letter")} of `;
  return [
    ...events.map(
      ({ id, diedAt, reason }) =>
        `${id.padStart(idWidth)}  ${diedAt.toISOString()}  ${shortened(printable(reason))}`,
    ),
    `${shown}${count(total, "dead letter")}, newest first.`,
  ];
}

function shortened(text: string): string {
  return text.length > REASON_CHARACTERS_MAX ? `${text.slice(0, REASON_CHARACTERS_MAX)}…` : text;
}
