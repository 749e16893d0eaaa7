import { type Command, Option } from "commander";

const HELP = `
Accepts events over HTTP, moves them from the stream into PostgreSQL and answers statistics, until
Ctrl-C or SIGTERM; then it finishes what it has begun. A second Ctrl-C ends it at once.

Environment:
  REDIS_URL         the Redis to use; without it the engine runs one of its own, in .queueflow/
  DATABASE_URL      the PostgreSQL to use, or PG_HOST, PG_PORT, POSTGRES_USER, POSTGRES_PASSWORD and
                    POSTGRES_DB; without any the engine runs one of its own, in .queueflow/
  API_PORT          the port of the API, 3000 unless set
  INGEST_WORKERS    threads that accept events, 0 for none
  CONSUMER_WORKERS  threads that store events, 0 for none
  LOG_LEVEL         debug, info, warn, error or silent; info unless set
\`queueflow config\` prints all of them, README.md says what each means.

Example:
  API_PORT=8080 queueflow serve`;

/** Runs the engine until it is told to stop. */
export type Serve = (options: { readonly stopWithParent: boolean }) => Promise<void>;

/** Adds `queueflow serve`. */
export function addServeCommand(program: Command, serve: Serve): void {
  program
    .command("serve")
    .summary("run the engine; the default")
    .description("Runs the engine.")
    .addHelpText("after", HELP)
    .addOption(
      new Option("--stop-with-parent", "stop when the process that started it is gone")
        .default(false)
        .hideHelp(),
    )
    .action(serve);
}
