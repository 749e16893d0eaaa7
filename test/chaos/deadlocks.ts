import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const LOGS = ["postgres.log.1", "postgres.log"];
/** Only the transactions of a fault lock rows so. */
const PROVOKED = "FOR UPDATE";

/**
 * The deadlocks that PostgreSQL has reported in its log, which its own death does not reset as it does
 * its counters, but for those that a fault has provoked. All of the engine's transactions lock rows in
 * one order, so there must be none.
 */
export function unprovokedDeadlocks(dataDir: string): readonly string[] {
  const paths = LOGS.map((name) => join(dataDir, name)).filter((path) => existsSync(path));
  const text = paths.map((path) => readFileSync(path, "utf8")).join("");
  return text
    .split(/^.*ERROR: {2}deadlock detected$/m)
    .slice(1)
    .map((report) => report.split(/^.*HINT: /m))
    .filter((parts) => parts.length > 1) // Else it is still being written.
    .map(([detail = ""]) => detail)
    .filter((detail) => !detail.includes(PROVOKED));
}
