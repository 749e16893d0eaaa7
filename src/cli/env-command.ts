import type { Command } from "commander";
import { Servers } from "./servers.ts";
import { print, type Shell } from "./shell.ts";

const HELP = `
The URLs contain the passwords of the servers.

Example:
  eval "$(queueflow env)"
  redis-cli -u "$REDIS_URL" XLEN events_stream
  psql "$DATABASE_URL" -c 'SELECT count(*) FROM events'`;

export function addEnvCommand(program: Command, shell: Shell): void {
  program
    .command("env")
    .summary("print REDIS_URL and DATABASE_URL for a shell")
    .description(
      "Prints REDIS_URL and DATABASE_URL for a shell to evaluate: the configured ones, or those of the engine running in this folder.",
    )
    .addHelpText("after", HELP)
    .action(() => {
      const { redisUrl, databaseUrl } = new Servers(shell);
      print(
        shell,
        `export REDIS_URL=${shellQuoted(redisUrl)}`,
        `export DATABASE_URL=${shellQuoted(databaseUrl)}`,
      );
    });
}

/** Within single quotes a shell takes every character literally, except the quote. */
function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
