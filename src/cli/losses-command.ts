import type { Command } from "commander";
import {
  acknowledgeLosses,
  insertLosses,
  listLosses,
  type StoredLoss,
} from "../store/inspect/losses.ts";
import { moveNotedLosses } from "../stream/inspect/loss-notes.ts";
import { parseLimit, ROWS_LISTED } from "./options.ts";
import { type Servers, withServers } from "./servers.ts";
import { print, type Shell } from "./shell.ts";
import { count, table } from "./text.ts";

const HELP = `
Accepted events are lost when something deletes them from Redis before they are stored: FLUSHALL, DEL,
XTRIM, XDEL, a failover to an older copy, or a lost append-only file. Each loss is reported with the
lowest possible number of events. status, doctor and /health report it until it is acknowledged.

Examples:
  queueflow losses
  queueflow losses --limit 1000 --json | jq .entries
  queueflow losses acknowledge`;

const ACKNOWLEDGE_HELP = `
After that, status, doctor and /health no longer report them; \`queueflow losses\` still lists them.
This needs Redis too: it holds losses found while PostgreSQL was unavailable.

Example:
  queueflow losses acknowledge`;

interface LossesFlags {
  readonly limit: number;
  readonly json?: boolean;
}

export function addLossesCommand(program: Command, shell: Shell): void {
  const losses = program
    .command("losses")
    .summary("list accepted events that were lost, or acknowledge them")
    .description("Lists losses of accepted events, newest first.")
    .option("--limit <number>", "maximum number of losses", parseLimit, ROWS_LISTED)
    .option("--json", "print one JSON object per line")
    .addHelpText("after", HELP)
    .action(async (flags: LossesFlags) => await list(shell, flags));
  losses
    .command("acknowledge")
    .summary("acknowledge all losses")
    .description("Acknowledges all losses found so far.")
    .addHelpText("after", ACKNOWLEDGE_HELP)
    .action(async () => {
      await withServers(
        shell,
        { failure: "Cannot acknowledge the losses" },
        async (servers) => await acknowledge(servers, shell),
      );
    });
}

async function list(shell: Shell, { limit, json = false }: LossesFlags): Promise<void> {
  const losses = await withServers(
    shell,
    { failure: "Cannot list the losses" },
    async ({ database }) => await listLosses(database, { lossesMax: limit }),
  );
  const lines = json ? losses.map((loss) => JSON.stringify(loss)) : lossTable(losses);
  print(shell, ...lines);
}

function lossTable(losses: readonly StoredLoss[]): readonly string[] {
  if (losses.length === 0) return ["No losses found."];
  const rows = losses.map(({ foundAt, entries, cause, acknowledgedAt }) => [
    foundAt,
    `at least ${count(entries, "event")}`,
    cause,
    acknowledgedAt ?? "no",
  ]);
  return table([["Found at", "Lost", "Cause", "Acknowledged at"], ...rows]);
}

async function acknowledge(servers: Servers, shell: Shell): Promise<void> {
  const { database } = servers;
  for (const { redis, key } of await servers.allShards()) {
    await moveNotedLosses(redis, key, async (noted) => await insertLosses(database, key, noted));
  }
  const { losses, entries } = await acknowledgeLosses(database);
  if (losses === 0) return print(shell, "There are no losses to acknowledge.");
  const what = losses === 1 ? "1 loss" : `${losses} losses`;
  print(shell, `Acknowledged ${what} of at least ${count(entries, "event")}.`);
}
