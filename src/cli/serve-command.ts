import { type Command, Option } from "commander";

const HELP = `
Accepts events over HTTP, stores them in PostgreSQL and serves statistics. Ctrl-C or SIGTERM stops it
after it has finished the work in progress; a second Ctrl-C stops it immediately.

Environment:
  REDIS_URL         the Redis to use; without it the engine runs its own, in .queueflow/
  DATABASE_URL      the PostgreSQL to use, or PG_HOST, PG_PORT, POSTGRES_USER, POSTGRES_PASSWORD and
                    POSTGRES_DB; without any of them the engine runs its own, in .queueflow/
  API_PORT          port of the API, default 3000
  INGEST_WORKERS    threads that accept events; 0 for none
  CONSUMER_WORKERS  threads that store events; 0 for none
  LOG_LEVEL         debug, info, warn, error or silent; default info
\`queueflow config\` prints all variables; docs/configuration.md explains each.

Example:
  API_PORT=8080 queueflow serve`;

export type Serve = (options: { readonly stopWithParent: boolean }) => Promise<void>;

export function addServeCommand(program: Command, serve: Serve): void {
  program
    .command("serve")
    .summary("run the engine (default)")
    .description("Runs the engine.")
    .addHelpText("after", HELP)
    .addOption(
      new Option("--stop-with-parent", "stop when the parent process ends")
        .default(false)
        .hideHelp(),
    )
    .action(serve);
}
