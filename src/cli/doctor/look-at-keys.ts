import { errorText } from "../../errors.ts";
import type { TableLook } from "../../store/schema/duplicates/find-all-duplicates.ts";
import { FIX_DUPLICATES } from "../../store/schema/postponed-migration.ts";
import { count } from "../plain-text.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const ABOUT = "keys";

/** Tells whether keys depend on the database's collation, and where duplicate rows are; `looks` comes from `findAllDuplicates`. */
export function lookAtKeys(looks: readonly TableLook[]): readonly Finding[] {
  if (looks.length === 0) return [ok(ABOUT, "all are compared as bytes")];
  const findings = looks.flatMap(lookAtTable);
  if (findings.length > 0) return findings;
  const found = `those of ${looks.map(({ table }) => table).join(", ")} depend on the database's collation`;
  const todo = "Run `queueflow migrate`, or start the engine, and see what it logs";
  return [warning(ABOUT, found, todo)];
}

function lookAtTable(look: TableLook): readonly Finding[] {
  if (look.kind === "failed") {
    const found = `duplicate rows in ${look.table} were not looked for: ${errorText(look.error)}`;
    return [warning(ABOUT, found, "Run `queueflow verify`, which takes the time to look")];
  }
  const { table, rows, owners, worst } = look;
  if (rows === 0) return [];
  const more = owners > worst.length ? ` and ${owners - worst.length} more` : "";
  const found = `${count(rows, "duplicate row")} in ${table}: ${worst.join(", ")}${more}`;
  const todo = `${FIX_DUPLICATES}: it removes the later rows and counts their days again`;
  return [problem(ABOUT, found, todo)];
}
