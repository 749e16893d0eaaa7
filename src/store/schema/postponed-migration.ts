import { errorText } from "../../errors.ts";
import type { Log } from "../../log/log.ts";
import { sqlState } from "../database-error.ts";
import type { Duplicates } from "./duplicates/find-duplicates.ts";
import type { Migration } from "./migrations.ts";

export interface Postponed {
  readonly migration: Migration;
  readonly reason: string;
  readonly remedy: string;
  /** Sites with duplicate rows, at most ten. */
  readonly sites: readonly string[];
}

export const FIX_DUPLICATES = "Run `queueflow verify --fix-duplicates`";

/** By SQLSTATE. */
const REMEDIES: Readonly<Record<string, string>> = {
  // feature_not_supported
  "0A000":
    "Drop the view, rule, policy or trigger that uses the column, run `queueflow migrate`, and create it again",
  // unique_violation
  "23505": FIX_DUPLICATES,
  // dependent_objects_still_exist
  "2BP01": "Drop the foreign key of the other table, run `queueflow migrate`, and create it again",
  // insufficient_privilege
  "42501": "Run `queueflow migrate` as the owner of the tables",
};

export function postponedByDuplicates(migration: Migration, duplicates: Duplicates): Postponed {
  const { table, rows, worst } = duplicates;
  const reason = `${rows} duplicate rows in ${table}`;
  return { migration, reason, remedy: FIX_DUPLICATES, sites: worst };
}

export function postponedByDeadline(migration: Migration, deadlineMs: number): Postponed {
  const reason = `not finished within ${deadlineMs} ms`;
  const remedy = "Run `queueflow migrate`, which takes the time that it needs";
  return { migration, reason, remedy, sites: [] };
}

/** Returns `undefined` when a retry may help. */
export function postponedByFailure(migration: Migration, error: unknown): Postponed | undefined {
  const remedy = REMEDIES[sqlState(error) ?? ""];
  if (remedy === undefined) return undefined;
  return { migration, reason: errorText(error), remedy, sites: [] };
}

export function reportPostponed(log: Log, postponed: readonly Postponed[]): void {
  for (const [remedy, ofRemedy] of Map.groupBy(postponed, (migration) => migration.remedy)) {
    const migrations = ofRemedy.map(({ migration }) => migration.name);
    const reasons = ofRemedy.map(({ reason }) => reason).join("; ");
    const sites = [...new Set(ofRemedy.flatMap(({ sites: named }) => named))];
    log.error(
      { migrations, error: reasons, ...(sites.length > 0 ? { sites } : {}), remedy },
      "Migrations postponed, the engine works without them",
    );
  }
}
