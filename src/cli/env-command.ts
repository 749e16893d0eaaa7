import type { Command } from "commander";
import { readConfig } from "../config/config.ts";
import { findDatabaseUrl, findRedisUrl } from "./find-servers.ts";

const HELP = `
The URLs hold the passwords of the servers.

Example:
  eval "$(queueflow env)"
  redis-cli -u "$REDIS_URL" XLEN events_stream
  psql "$DATABASE_URL" -c 'SELECT count(*) FROM events'`;

/** Adds `queueflow env`. */
export function addEnvCommand(program: Command): void {
  program
    .command("env")
    .summary("print REDIS_URL and DATABASE_URL of the servers in use, for a shell")
    .description(
      "Prints REDIS_URL and DATABASE_URL, as configured or of the engine that runs in this folder, for a shell to evaluate.",
    )
    .addHelpText("after", HELP)
    .action(() => {
      const config = readConfig();
      process.stdout.write(`export REDIS_URL=${shellQuoted(findRedisUrl(config))}\n`);
      process.stdout.write(`export DATABASE_URL=${shellQuoted(findDatabaseUrl(config))}\n`);
    });
}

/** In single quotes a shell takes every character as it is, except the quote itself. */
function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
