import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const LOGS = ["postgres.log.1", "postgres.log"];
/** Only transactions of faults use this. */
const PROVOKED = "FOR UPDATE";

/**
 * Returns the deadlocks in PostgreSQL's log, except for those that a fault provoked. The engine locks rows in one order, so
 * there must be none. PostgreSQL's own counters are reset by a crash.
 */
export function unprovokedDeadlocks(dataDir: string): readonly string[] {
  const paths = LOGS.map((name) => join(dataDir, name)).filter((path) => existsSync(path));
  const text = paths.map((path) => readFileSync(path, "utf8")).join("");
  return text
    .split(/^.*ERROR: {2}deadlock detected$/m)
    .slice(1)
    .map((report) => report.split(/^.*HINT: /m))
    .filter((parts) => parts.length > 1) // The last one may be incomplete.
    .map(([detail = ""]) => detail)
    .filter((detail) => !detail.includes(PROVOKED));
}
