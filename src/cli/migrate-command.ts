import type { Command } from "commander";
import { readConfig } from "../config/config.ts";
import { Database } from "../store/database.ts";
import { migrate } from "../store/schema/migrate.ts";
import type { Migration } from "../store/schema/migrations.ts";
import { readSchemaState } from "../store/schema/read-schema-state.ts";
import { CommandFailure } from "./command-failure.ts";
import { databaseFailure } from "./database-failure.ts";
import { findDatabaseUrl } from "./find-servers.ts";
import { plainLog } from "./plain-log.ts";
import { count } from "./plain-text.ts";

const CLOSE_TIMEOUT_MS = 2_000;
/** A migration that rewrites large tables takes its time, and who runs this command watches it. */
const DEADLINE_MS = 6 * 60 * 60 * 1_000;

const HELP = `
The engine does this itself when it starts; running it before a new version is rolled out keeps the
two steps apart. It is safe at any time and from any number of machines at once.

Example:
  DATABASE_URL=postgres://queueflow:secret@db.example.com/queueflow queueflow migrate`;

/** Adds `queueflow migrate`. */
export function addMigrateCommand(program: Command): void {
  program
    .command("migrate")
    .summary("bring the database to the schema of this version")
    .description("Brings the database to the schema of this version.")
    .addHelpText("after", HELP)
    .action(migrateCommand);
}

async function migrateCommand(): Promise<void> {
  const url = findDatabaseUrl(readConfig());
  const database = new Database({ url, connectionsMax: 1 });
  try {
    const applied = await migrate(database, plainLog, { deadlineMs: DEADLINE_MS });
    const { missingTables, pending } = await readSchemaState(database);
    if (missingTables.length > 0) throw incomplete(missingTables);
    if (pending.length > 0) throw postponed(applied, pending);
    const sentence =
      applied === 0 ? "The schema is up to date." : `Applied ${count(applied, "migration")}.`;
    process.stdout.write(`${sentence}\n`);
  } catch (error) {
    throw error instanceof CommandFailure
      ? error
      : databaseFailure("The database could not be migrated", error, url);
  } finally {
    await database.close(CLOSE_TIMEOUT_MS);
  }
}

/** The reasons and the remedies are in the log lines before it. */
function postponed(applied: number, pending: readonly Migration[]): CommandFailure {
  const names = pending.map(({ name }) => name).join(", ");
  return new CommandFailure(
    1,
    `Applied ${count(applied, "migration")} and postponed ${names}: the engine works without, see above for what to do`,
  );
}

/** A table that is gone is made by no migration: they have been applied, and only a backup has what was in it. */
function incomplete(missingTables: readonly string[]): CommandFailure {
  return new CommandFailure(
    1,
    `The schema is up to date by its version, and lacks ${missingTables.join(", ")}: see whether this is the right database, and restore its tables`,
  );
}
