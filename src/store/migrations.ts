import events from "../../migrations/0001-events.sql" with { type: "text" };
import rollups from "../../migrations/0002-rollups.sql" with { type: "text" };
import deadEvents from "../../migrations/0003-dead-events.sql" with { type: "text" };
import fieldsHash from "../../migrations/0004-dead-events-fields-hash.sql" with { type: "text" };
import pathRanks from "../../migrations/0005-path-ranks.sql" with { type: "text" };
import pathRanksFromFour from "../../migrations/0006-path-ranks-from-four.sql" with {
  type: "text",
};
import prunedDays from "../../migrations/0007-pruned-days.sql" with { type: "text" };
import retentionState from "../../migrations/0008-retention-state.sql" with { type: "text" };

/**
 * One numbered step of the schema; forward only. It leaves what the binaries before it do working, since they may run
 * beside the new one, and takes one of the tables that are there: with two it deadlocks with their batches.
 */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  /** Whether it writes a table anew that may be large, or reads all of it, perhaps from a cold disk. */
  readonly rewrites?: boolean;
}

/**
 * The files of `migrations/`, in order. Imported one by one, so that the executable carries them; a
 * test compares this list with the folder.
 */
export const MIGRATIONS: readonly Migration[] = [
  { version: 1, name: "events", sql: events },
  { version: 2, name: "rollups", sql: rollups },
  { version: 3, name: "dead-events", sql: deadEvents },
  { version: 4, name: "dead-events-fields-hash", sql: fieldsHash, rewrites: true },
  { version: 5, name: "path-ranks", sql: pathRanks, rewrites: true },
  { version: 6, name: "path-ranks-from-four", sql: pathRanksFromFour, rewrites: true },
  { version: 7, name: "pruned-days", sql: prunedDays },
  { version: 8, name: "retention-state", sql: retentionState },
];
