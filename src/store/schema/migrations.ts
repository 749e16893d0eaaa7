import events from "../../../migrations/0001-events.sql" with { type: "text" };
import rollups from "../../../migrations/0002-rollups.sql" with { type: "text" };
import deadLetters from "../../../migrations/0003-dead-events.sql" with { type: "text" };
import fieldsHash from "../../../migrations/0004-dead-events-fields-hash.sql" with { type: "text" };
import pathRanks from "../../../migrations/0005-path-ranks.sql" with { type: "text" };
import pathRanksFromFour from "../../../migrations/0006-path-ranks-from-four.sql" with {
  type: "text",
};
import prunedDays from "../../../migrations/0007-pruned-days.sql" with { type: "text" };
import retentionState from "../../../migrations/0008-retention-state.sql" with { type: "text" };
import eventsCollateC from "../../../migrations/0009-events-collate-c.sql" with { type: "text" };
import usersCollateC from "../../../migrations/0010-daily-site-users-collate-c.sql" with {
  type: "text",
};
import pathCountsCollateC from "../../../migrations/0011-daily-site-path-counts-collate-c.sql" with {
  type: "text",
};
import statsCollateC from "../../../migrations/0012-daily-site-stats-collate-c.sql" with {
  type: "text",
};
import deadLettersCollateC from "../../../migrations/0013-dead-events-collate-c.sql" with {
  type: "text",
};
import prunedDaysCollateC from "../../../migrations/0014-pruned-days-collate-c.sql" with {
  type: "text",
};
import retentionHeld from "../../../migrations/0015-retention-held.sql" with { type: "text" };
import pathFloors from "../../../migrations/0016-path-floors.sql" with { type: "text" };
import losses from "../../../migrations/0017-losses.sql" with { type: "text" };
import optionalFields from "../../../migrations/0018-events-optional-fields.sql" with {
  type: "text",
};
import access from "../../../migrations/0019-access.sql" with { type: "text" };
import retentionForgotten from "../../../migrations/0020-retention-forgotten.sql" with {
  type: "text",
};
import eventsVisitor from "../../../migrations/0021-events-visitor.sql" with { type: "text" };
import eventsSiteKey from "../../../migrations/0022-events-site-key.sql" with { type: "text" };
import dayChunks from "../../../migrations/0023-day-chunks.sql" with { type: "text" };
import prunedDaysUnpacked from "../../../migrations/0024-pruned-days-unpacked.sql" with {
  type: "text",
};
import pageViewTypes from "../../../migrations/0025-sites-page-view-types.sql" with {
  type: "text",
};
import siteGoals from "../../../migrations/0026-site-goals.sql" with { type: "text" };
import deadLettersRetry from "../../../migrations/0027-dead-events-retry.sql" with { type: "text" };
import siteShares from "../../../migrations/0028-site-shares.sql" with { type: "text" };
import siteAnnotations from "../../../migrations/0029-site-annotations.sql" with { type: "text" };
import { SITE_USERS } from "../rollups/site-users.ts";
import {
  DAY_TOTALS_KEY,
  DEAD_LETTERS_KEY,
  EVENTS_KEY,
  keyOfRollup,
  PATH_COUNTS_KEY,
  PRUNED_DAYS_KEY,
  type TextKey,
} from "./duplicates/text-key.ts";

/**
 * Forward only: older binaries may run beside the new one. It locks at most one existing table: two would deadlock with
 * batches.
 */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  /** Whether it rewrites or reads a whole table. */
  readonly rewrites?: boolean;
  /** The key that must have no duplicate rows first. Such a migration is optional, and postponed where it cannot be applied. */
  readonly textKey?: TextKey;
  /** The key whose unique index it rebuilds. That fails on duplicate rows, so they are merged first. */
  readonly rebuilds?: TextKey;
  /** Indexes that it creates if they do not exist, built beforehand on a large table. Such a migration is optional. */
  readonly builds?: ConcurrentIndexes;
}

export interface ConcurrentIndexes {
  readonly table: string;
  readonly indexes: readonly {
    readonly name: string;
    readonly columns: string;
    readonly isUnique: boolean;
  }[];
}

/** Without it the engine stores as before. */
export function isOptional({ textKey, builds }: Migration): boolean {
  return textKey !== undefined || builds !== undefined;
}

const EVENTS_INDEXES: ConcurrentIndexes = {
  table: "events",
  indexes: [
    { name: "events_site_key", columns: "site_id, id", isUnique: true },
    { name: "events_id", columns: "id", isUnique: false },
  ],
};

/** Imported one by one, so that the executable contains them. */
export const MIGRATIONS: readonly Migration[] = [
  { version: 1, name: "events", sql: events },
  { version: 2, name: "rollups", sql: rollups },
  { version: 3, name: "dead-events", sql: deadLetters },
  { version: 4, name: "dead-events-fields-hash", sql: fieldsHash, rewrites: true },
  {
    version: 5,
    name: "path-ranks",
    sql: pathRanks,
    rewrites: true,
    rebuilds: PATH_COUNTS_KEY,
  },
  {
    version: 6,
    name: "path-ranks-from-four",
    sql: pathRanksFromFour,
    rewrites: true,
    rebuilds: PATH_COUNTS_KEY,
  },
  { version: 7, name: "pruned-days", sql: prunedDays },
  { version: 8, name: "retention-state", sql: retentionState },
  collateC(9, "events-collate-c", eventsCollateC, EVENTS_KEY),
  collateC(10, "daily-site-users-collate-c", usersCollateC, keyOfRollup(SITE_USERS)),
  collateC(11, "daily-site-path-counts-collate-c", pathCountsCollateC, PATH_COUNTS_KEY),
  collateC(12, "daily-site-stats-collate-c", statsCollateC, DAY_TOTALS_KEY),
  collateC(13, "dead-events-collate-c", deadLettersCollateC, DEAD_LETTERS_KEY),
  collateC(14, "pruned-days-collate-c", prunedDaysCollateC, PRUNED_DAYS_KEY),
  { version: 15, name: "retention-held", sql: retentionHeld },
  {
    version: 16,
    name: "path-floors",
    sql: pathFloors,
    rewrites: true,
    rebuilds: PATH_COUNTS_KEY,
  },
  { version: 17, name: "losses", sql: losses },
  { version: 18, name: "events-optional-fields", sql: optionalFields },
  { version: 19, name: "access", sql: access },
  { version: 20, name: "retention-forgotten", sql: retentionForgotten },
  { version: 21, name: "events-visitor", sql: eventsVisitor },
  {
    version: 22,
    name: "events-site-key",
    sql: eventsSiteKey,
    rewrites: true,
    builds: EVENTS_INDEXES,
  },
  { version: 23, name: "day-chunks", sql: dayChunks },
  { version: 24, name: "pruned-days-unpacked", sql: prunedDaysUnpacked, rewrites: true },
  { version: 25, name: "sites-page-view-types", sql: pageViewTypes },
  { version: 26, name: "site-goals", sql: siteGoals },
  { version: 27, name: "dead-events-retry", sql: deadLettersRetry },
  { version: 28, name: "site-shares", sql: siteShares },
  { version: 29, name: "site-annotations", sql: siteAnnotations },
];

function collateC(version: number, name: string, sql: string, textKey: TextKey): Migration {
  return { version, name, sql, textKey, rewrites: true };
}
