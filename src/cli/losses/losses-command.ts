import { type Command, InvalidArgumentError } from "commander";
import { listLosses, type StoredLoss } from "../../store/inspect/list-losses.ts";
import { withDatabase } from "../dead-letters/with-database.ts";
import { count } from "../plain-text.ts";
import { addAcknowledgeCommand } from "./acknowledge-command.ts";

const LOSSES_LISTED = 20;
const LOSSES_LISTED_MAX = 10_000;

const HELP = `
Accepted events are lost when something else deletes them from Redis before they are stored: FLUSHALL, DEL,
XTRIM, XDEL, a failover to an older copy, a lost append-only file. Each loss says how many at least, and
stands in status, /health and doctor until it is acknowledged.

Examples:
  queueflow losses
  queueflow losses --limit 1000 --json | jq .entries
  queueflow losses acknowledge`;

interface LossesFlags {
  readonly limit: number;
  readonly json?: boolean;
}

/** Adds `queueflow losses` and its subcommand. */
export function addLossesCommand(program: Command): void {
  const losses = program
    .command("losses")
    .summary("list accepted events that were lost, or acknowledge them")
    .description("Lists losses of accepted events, newest first.")
    .option("--limit <number>", "how many at most", parseLimit, LOSSES_LISTED)
    .option("--json", "print one JSON object a line")
    .addHelpText("after", HELP)
    .action(lossesCommand);
  addAcknowledgeCommand(losses);
}

async function lossesCommand({ limit, json = false }: LossesFlags): Promise<void> {
  const losses = await withDatabase(
    "The losses could not be read",
    async (database) => await listLosses(database, { lossesMax: limit }),
  );
  const lines = json ? losses.map((loss) => JSON.stringify(loss)) : table(losses);
  if (lines.length > 0) process.stdout.write(`${lines.join("\n")}\n`);
}

function parseLimit(value: string): number {
  const limit = /^\d{1,5}$/.test(value) ? Number(value) : 0;
  if (limit >= 1 && limit <= LOSSES_LISTED_MAX) return limit;
  throw new InvalidArgumentError(`Expected a number from 1 to ${LOSSES_LISTED_MAX}.`);
}

function table(losses: readonly StoredLoss[]): readonly string[] {
  if (losses.length === 0) return ["No loss was found."];
  return losses.map(({ foundAt, entries, cause, acknowledgedAt }) => {
    const state = acknowledgedAt === null ? "not acknowledged" : `acknowledged ${acknowledgedAt}`;
    return `${foundAt}  at least ${count(entries, "event")}, ${cause}  ${state}`;
  });
}
