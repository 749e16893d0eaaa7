import type { Command } from "commander";
import { type DeadLetterList, listDeadLetters } from "../../store/dead-letters.ts";
import { parseLimit, ROWS_LISTED } from "../options.ts";
import { withServers } from "../servers.ts";
import { print, type Shell } from "../shell.ts";
import { count, shortened, table } from "../text.ts";

const REASON_CHARACTERS_MAX = 120;

const HELP = `
With --json each line is one dead letter with all its fields.

Examples:
  queueflow dead-letters list
  queueflow dead-letters list --limit 1000 --json | jq .reason`;

interface ListFlags {
  readonly limit: number;
  readonly json?: boolean;
}

export function addListCommand(deadLetters: Command, shell: Shell): void {
  deadLetters
    .command("list")
    .summary("list them, newest first")
    .description("Lists dead letters, newest first.")
    .option("--limit <number>", "maximum number of dead letters", parseLimit, ROWS_LISTED)
    .option("--json", "print one JSON object per line")
    .addHelpText("after", HELP)
    .action(async (flags: ListFlags) => await list(shell, flags));
}

async function list(shell: Shell, { limit, json = false }: ListFlags): Promise<void> {
  const found = await withServers(
    shell,
    { failure: "Cannot list the dead letters" },
    async ({ database }) => await listDeadLetters(database, { lettersMax: limit }),
  );
  if (json) print(shell, ...found.letters.map((letter) => JSON.stringify(letter)));
  else print(shell, ...letterTable(found));
}

function letterTable({ letters, total }: DeadLetterList): readonly string[] {
  if (total === 0) return ["There are no dead letters."];
  const rows = letters.map(({ id, diedAt, reason }) => [
    id,
    diedAt.toISOString(),
    shortened(reason, REASON_CHARACTERS_MAX),
  ]);
  const shown = letters.length === total ? "" : `${letters.length.toLocaleString("en-US")} of `;
  return [
    ...table([["ID", "Set aside at", "Reason"], ...rows]),
    `${shown}${count(total, "dead letter")}, newest first.`,
  ];
}
