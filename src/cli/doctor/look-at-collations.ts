import type { ChangedCollation } from "../../store/inspect/read-changed-collations.ts";
import { TEXT_KEYS } from "../../store/schema/duplicates/text-key.ts";
import { type Finding, ok, warning } from "./finding.ts";

const ABOUT = "collations";
const KEYED_TABLES: ReadonlySet<string> = new Set(TEXT_KEYS.map(({ table }) => table));
const INDEXES_NAMED_MAX = 10;

/** Tells which collations have changed since their data were sorted, and gives the statements that put that right. */
export function lookAtCollations(changed: readonly ChangedCollation[]): readonly Finding[] {
  if (changed.length === 0) return [ok(ABOUT, "the recorded versions are the actual ones")];
  return changed.map(({ name, recorded, actual, refresh, indexes, reindexAll }) => {
    const found = `${name} was sorted by version ${recorded}, and the server has ${actual}`;
    const isPending = indexes.some(({ table }) => KEYED_TABLES.has(table));
    const statements = [...reindex(indexes, reindexAll), refresh]
      .map((statement) => `${statement};`)
      .join(" ");
    const first = isPending ? "Bring the engine's keys in order first, see keys. Then run: " : "";
    return warning(ABOUT, found, `${first || "Run: "}${statements}`);
  });
}

/** The engine's own indexes are left out: a migration builds them again. */
function reindex(indexes: ChangedCollation["indexes"], reindexAll: string): readonly string[] {
  const others = indexes.filter(({ table }) => !KEYED_TABLES.has(table));
  if (others.length > INDEXES_NAMED_MAX) return [reindexAll];
  return others.map(({ index }) => `REINDEX INDEX CONCURRENTLY ${index}`);
}
