import type { Command } from "commander";
import { errorText } from "../errors.ts";
import { decodeHosts } from "../postgres-hosts.ts";
import { redisCliUrl, redisSocketOf } from "../server-address.ts";
import { findMaster } from "../stream/inspect/find-master.ts";
import { Servers } from "./servers.ts";
import { print, printError, type Shell } from "./shell.ts";

const HELP = `
The URLs contain the passwords of the servers. An embedded Redis has a socket instead of a port, which
redis-cli does not read from a URL: REDIS_SOCKET and REDISCLI_AUTH are for it. For a Redis with a port,
use redis-cli -u "$REDIS_URL" instead. Sentinels and clusters have URLs that redis-cli does not read either:
REDIS_MASTER_URL is that of the stream's master now, and REDIS_MASTER its host and port.

Example:
  eval "$(queueflow env)"
  redis-cli -s "$REDIS_SOCKET" XLEN events_stream
  redis-cli -c -u "$REDIS_MASTER_URL" XLEN events_stream
  psql "$DATABASE_URL" -c 'SELECT count(*) FROM events'`;

export function addEnvCommand(program: Command, shell: Shell): void {
  program
    .command("env")
    .summary("print REDIS_URL and DATABASE_URL for a shell")
    .description(
      "Prints REDIS_URL and DATABASE_URL for a shell to evaluate: the configured ones, or those of the engine running in this folder; and for a Redis with a socket, sentinels or a cluster what redis-cli needs.",
    )
    .addHelpText("after", HELP)
    .action(async () => {
      const { redisUrl, databaseUrl, key } = new Servers(shell);
      const variables = {
        REDIS_URL: redisCliUrl(redisUrl),
        DATABASE_URL: decodeHosts(databaseUrl),
        ...redisCliVariables(redisUrl),
        ...(await masterVariables(shell, redisUrl, key.stream)),
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

/** Without a master, the other variables are still printed. */
async function masterVariables(
  shell: Shell,
  redisUrl: string,
  stream: string,
): Promise<Readonly<Record<string, string>>> {
  try {
    const master = await findMaster(redisUrl, stream);
    if (master === undefined) return {};
    const { name, url, password } = master;
    return {
      REDIS_MASTER: name,
      REDIS_MASTER_URL: url,
      ...(password === undefined ? {} : { REDISCLI_AUTH: password }),
    };
  } catch (error) {
    printError(shell, `REDIS_MASTER_URL is empty: ${errorText(error)}`);
    return { REDIS_MASTER: "", REDIS_MASTER_URL: "" };
  }
}

/** Within single quotes a shell takes every character literally, except the quote. */
function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
