import type { Command } from "commander";
import { decodeHosts } from "../postgres-hosts.ts";
import { redisSocketOf } from "../server-address.ts";
import { Servers } from "./servers.ts";
import { print, type Shell } from "./shell.ts";

const HELP = `
The URLs contain the passwords of the servers. An embedded Redis has a socket instead of a port, which
redis-cli does not read from a URL: REDIS_SOCKET and REDISCLI_AUTH are for it. For a Redis with a port,
use redis-cli -u "$REDIS_URL" instead.

Example:
  eval "$(queueflow env)"
  redis-cli -s "$REDIS_SOCKET" XLEN events_stream
  psql "$DATABASE_URL" -c 'SELECT count(*) FROM events'`;

export function addEnvCommand(program: Command, shell: Shell): void {
  program
    .command("env")
    .summary("print REDIS_URL and DATABASE_URL for a shell")
    .description(
      "Prints REDIS_URL and DATABASE_URL for a shell to evaluate: the configured ones, or those of the engine running in this folder; and for a Redis with a socket what redis-cli needs.",
    )
    .addHelpText("after", HELP)
    .action(() => {
      const { redisUrl, databaseUrl } = new Servers(shell);
      const variables = {
        REDIS_URL: redisUrl,
        DATABASE_URL: decodeHosts(databaseUrl),
        ...redisCliVariables(redisUrl),
      };
      const lines = Object.entries(variables).map(
        ([name, value]) => `export ${name}=${shellQuoted(value)}`,
      );
      print(shell, ...lines);
    });
}

function redisCliVariables(redisUrl: string): Readonly<Record<string, string>> {
  const socket = redisSocketOf(redisUrl);
  if (socket === undefined) return {};
  const { path, password } = socket;
  return { REDIS_SOCKET: path, ...(password === undefined ? {} : { REDISCLI_AUTH: password }) };
}

/** Within single quotes a shell takes every character literally, except the quote. */
function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
