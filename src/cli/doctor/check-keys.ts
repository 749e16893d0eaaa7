import { errorText } from "../../errors.ts";
import type { ChangedCollation } from "../../store/inspect/read-changed-collations.ts";
import type { TableCheck } from "../../store/schema/duplicates/find-duplicates.ts";
import { TEXT_KEYS } from "../../store/schema/duplicates/text-key.ts";
import { FIX_DUPLICATES } from "../../store/schema/postponed-migration.ts";
import { count } from "../text.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const KEYED_TABLES: ReadonlySet<string> = new Set(TEXT_KEYS.map(({ table }) => table));
const INDEXES_NAMED_MAX = 10;

/** Reports keys that depend on the database's collation, and duplicate rows. `looks` comes from `findAllDuplicates`. */
export function checkKeys(looks: readonly TableCheck[]): readonly Finding[] {
  const about = "keys";
  if (looks.length === 0) return [ok(about, "all are compared as bytes")];
  const findings = looks.flatMap((look) => checkTable(about, look));
  if (findings.length > 0) return findings;
  const tables = looks.map(({ table }) => table).join(", ");
  const found = `the keys of ${tables} depend on the database's collation`;
  return [warning(about, found, "Run `queueflow migrate`, or start the engine, and read its log")];
}

function checkTable(about: string, look: TableCheck): readonly Finding[] {
  if (look.kind === "failed") {
    const found = `${look.table} was not checked for duplicate rows: ${errorText(look.error)}`;
    return [warning(about, found, "Run `queueflow verify`, which has no time limit")];
  }
  const { table, rows, owners, worst } = look;
  if (rows === 0) return [];
  const more = owners > worst.length ? ` and ${owners - worst.length} more` : "";
  const found = `${count(rows, "duplicate row")} in ${table}: ${worst.join(", ")}${more}`;
  const todo = `${FIX_DUPLICATES}: it removes the later rows and rebuilds their days`;
  return [problem(about, found, todo)];
}

/** Reports collations whose version changed since their data was sorted, with the statements that repair it. */
export function checkCollations(changed: readonly ChangedCollation[]): readonly Finding[] {
  const about = "collations";
  if (changed.length === 0) return [ok(about, "all recorded versions match the server's")];
  return changed.map(({ name, recorded, actual, refresh, indexes, reindexAll }) => {
    const found = `${name} was sorted by version ${recorded}, but the server has ${actual}`;
    // A migration rebuilds the engine's own indexes.
    const others = indexes.filter(({ table }) => !KEYED_TABLES.has(table));
    const first =
      others.length < indexes.length ? "First repair the engine's keys, see keys. Then run" : "Run";
    const reindex =
      others.length > INDEXES_NAMED_MAX
        ? [reindexAll]
        : others.map(({ index }) => `REINDEX INDEX CONCURRENTLY ${index}`);
    const statements = [...reindex, refresh].map((statement) => `${statement};`).join(" ");
    return warning(about, found, `${first}: ${statements}`);
  });
}
