import type { Command } from "commander";
import type { Database } from "../store/database.ts";
import { migrate } from "../store/schema/migrate.ts";
import { readSchemaState } from "../store/schema/read-schema-state.ts";
import { CommandFailure } from "./command-failure.ts";
import { withServers } from "./servers.ts";
import { print, type Shell } from "./shell.ts";
import { shellLog } from "./shell-log.ts";
import { count } from "./text.ts";

/** A migration may rewrite large tables, and an operator watches it here: longer than the engine allows at a start. */
const DEADLINE_MS = 6 * 60 * 60 * 1_000;

const HELP = `
The engine migrates by itself at every start. Migrate beforehand to separate the migration from the
rollout of a new version. It is safe at any time, and on several machines at once.

Example:
  DATABASE_URL=postgres://queueflow:secret@db.example.com/queueflow queueflow migrate`;

export function addMigrateCommand(program: Command, shell: Shell): void {
  program
    .command("migrate")
    .summary("migrate the database to the schema of this version")
    .description("Migrates the database to the schema of this version.")
    .addHelpText("after", HELP)
    .action(async () => {
      const work = { failure: "Cannot migrate the database", soFar: () => "before all migrations" };
      await withServers(shell, work, async ({ database }) => await migrateAll(database, shell));
    });
}

async function migrateAll(database: Database, shell: Shell): Promise<void> {
  const applied = await migrate(database, shellLog(shell), {
    deadlineMs: DEADLINE_MS,
    movesRows: true,
  });
  const { missingTables, pending } = await readSchemaState(database);
  if (missingTables.length > 0) {
    // No migration creates a table again: only a backup has its rows.
    throw new CommandFailure(
      1,
      `The schema has the current version, but these tables are missing: ${missingTables.join(", ")}. Check that this is the right database, and restore them`,
    );
  }
  if (pending.length > 0) {
    const names = pending.map(({ name }) => name).join(", ");
    throw new CommandFailure(
      1,
      `Applied ${count(applied, "migration")} and postponed ${names}: the engine works without them; the messages above say what to do`,
    );
  }
  print(
    shell,
    applied === 0 ? "The schema is up to date." : `Applied ${count(applied, "migration")}.`,
  );
}
