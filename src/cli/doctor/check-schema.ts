import { errorText } from "../../errors.ts";
import type { Database } from "../../store/database.ts";
import { remedyFor } from "../../store/remedy.ts";
import { findAllDuplicates } from "../../store/schema/duplicates/find-duplicates.ts";
import { MIGRATIONS } from "../../store/schema/migrations.ts";
import { readSchemaState, type SchemaState } from "../../store/schema/read-schema-state.ts";
import { checkKeys } from "./check-keys.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const ABOUT = "schema";
/** Reading a large table takes longer; `checkKeys` names the tables that were not read. */
const DUPLICATES_BUDGET_MS = 60_000;

/** Checks the tables. A failure here does not hide what else was found. */
export async function checkSchema(database: Database): Promise<readonly Finding[]> {
  try {
    const state = await readSchemaState(database);
    const schema = checkState(state);
    if (state.missingTables.length > 0 || state.missingRights.length > 0) return [schema];
    return [schema, ...checkKeys(await findAllDuplicates(database, DUPLICATES_BUDGET_MS))];
  } catch (error) {
    const todo =
      remedyFor(error) ?? "Check whether another session has locked the table schema_migrations";
    return [problem(ABOUT, `cannot be read: ${errorText(error)}`, todo)];
  }
}

function checkState({ version, missingTables, missingRights }: SchemaState): Finding {
  const newest = MIGRATIONS.at(-1)?.version ?? 0;
  if (version > newest) {
    const found = `version ${version}, but this binary knows only up to ${newest}`;
    return problem(ABOUT, found, "Run a newer binary");
  }
  if (missingRights.length > 0) {
    const todo = "Grant the engine's user all privileges on the tables and their sequences";
    return problem(ABOUT, `the user lacks ${missingRights.join(", ")}`, todo);
  }
  if (version < newest) {
    const found =
      version === 0 ? "no tables yet" : `version ${version}, and this binary needs ${newest}`;
    return warning(ABOUT, found, "Start the engine or run `queueflow migrate`");
  }
  if (missingTables.length > 0) {
    const todo = "Check that this is the right database, and restore its tables";
    return problem(ABOUT, `missing tables: ${missingTables.join(", ")}`, todo);
  }
  return ok(ABOUT, `version ${version}, current`);
}
