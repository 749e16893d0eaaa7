import type { Command } from "commander";
import { readConfig } from "../../config/config.ts";
import type { Database } from "../../store/database.ts";
import { acknowledgeLosses } from "../../store/inspect/acknowledge-losses.ts";
import { insertLosses } from "../../store/inspect/insert-losses.ts";
import { moveNotedLosses } from "../../stream/inspect/loss-notes.ts";
import { closeRedisConnection } from "../../stream/redis/redis-connection.ts";
import { withDatabase } from "../dead-letters/with-database.ts";
import { findRedisUrl } from "../find-servers.ts";
import { count } from "../plain-text.ts";
import { connectRedis } from "../reach-redis.ts";

const HELP = `
Status, /health and doctor are silent about them from then on; \`queueflow losses\` still lists them. It needs Redis too, which
has the losses that PostgreSQL was not there to take.

Example:
  queueflow losses acknowledge`;

/** Adds `queueflow losses acknowledge`. */
export function addAcknowledgeCommand(losses: Command): void {
  losses
    .command("acknowledge")
    .summary("acknowledge all losses")
    .description("Acknowledges all losses that were found so far.")
    .addHelpText("after", HELP)
    .action(acknowledgeCommand);
}

async function acknowledgeCommand(): Promise<void> {
  const { losses, entries } = await withDatabase(
    "The losses could not be acknowledged",
    async (database) => {
      await takeNoted(database);
      return await acknowledgeLosses(database);
    },
  );
  const done = `Acknowledged ${losses} ${losses === 1 ? "loss" : "losses"} of at least ${count(entries, "event")}.`;
  process.stdout.write(`${losses === 0 ? "There is no loss to acknowledge." : done}\n`);
}

/** Moves the losses that are noted in Redis to PostgreSQL, as the engine does every five seconds. */
async function takeNoted(database: Database): Promise<void> {
  const config = readConfig();
  const key = { stream: config.stream, group: config.group };
  const redis = await connectRedis(findRedisUrl(config));
  try {
    await moveNotedLosses(redis, key, async (losses) => await insertLosses(database, key, losses));
  } finally {
    await closeRedisConnection(redis);
  }
}
