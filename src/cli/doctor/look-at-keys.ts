import { errorText } from "../../errors.ts";
import type { Duplicates } from "../../store/duplicates/find-duplicates.ts";
import { FIX_DUPLICATES } from "../../store/postponed-migration.ts";
import { count } from "../plain-text.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const ABOUT = "keys";
const MIGRATE = "Run `queueflow migrate`, or start the engine, and see what it logs";

/** Tells whether keys depend on a collation, and whether rows are in twice; `pending` is what `findAllDuplicates` found. */
export function lookAtKeys(pending: readonly Duplicates[]): readonly Finding[] {
  if (pending.length === 0) return [ok(ABOUT, "all are compared as bytes")];
  const doubled = pending.filter(({ rows }) => rows > 0);
  if (doubled.length === 0) {
    const found = `those of ${tablesOf(pending)} depend on the database's collation`;
    return [warning(ABOUT, found, MIGRATE)];
  }
  const todo = `${FIX_DUPLICATES}: it removes the later rows and counts their days again`;
  return doubled.map(({ table, rows, owners, worst }) => {
    const more = owners > worst.length ? ` and ${owners - worst.length} more` : "";
    const found = `${count(rows, "row")} of ${table} in twice: ${worst.join(", ")}${more}`;
    return problem(ABOUT, found, todo);
  });
}

/** Tells that the tables were not read to the end. */
export function lookAtKeysFailed(error: unknown): Finding {
  return warning(ABOUT, `rows that are in twice were not looked for: ${errorText(error)}`, MIGRATE);
}

function tablesOf(pending: readonly Duplicates[]): string {
  return pending.map(({ table }) => table).join(", ");
}
