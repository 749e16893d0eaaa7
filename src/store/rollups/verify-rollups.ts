import { allowWholeTables } from "../allow-whole-tables.ts";
import type { Database } from "../database.ts";
import { type DayRange, readEventDays } from "../upkeep/event-days.ts";
import { UPKEEP_DEADLINE_MS } from "../upkeep/upkeep-lock.ts";
import { daySpans } from "./day-span.ts";
import { verifyDays } from "./verify-days.ts";
import { verifyKeys } from "./verify-keys.ts";
import { verifyPaths } from "./verify-paths.ts";
import { verifyUsers } from "./verify-users.ts";
import type { Violation } from "./violation.ts";

/**
 * Each span reads its events by their ids, and all rows of the rollups, since those have no index by day: few spans read
 * less, many take less memory of PostgreSQL's and show sooner how far it is.
 */
const SPAN_EVENTS_MAX = 2_000_000;
const CHECKS = [verifyDays, verifyPaths, verifyUsers];

/** What to verify, how many violations to keep, and who wants to know how far it is. */
export interface VerifyOptions {
  readonly range: DayRange;
  readonly rowsMax: number;
  readonly onProgress: (events: number, eventsTotal: number) => void;
}

/** What was found. */
export interface VerifyOutcome {
  readonly events: number;
  /** Days that have events. */
  readonly days: number;
  /** The first of the violations. */
  readonly rows: readonly Violation[];
  readonly total: number;
}

/**
 * Compares the rollups with the events that they were made of. All of it sees one moment: batches are stored meanwhile,
 * and none is seen in part.
 *
 * @throws What the driver throws, and `database_unavailable`.
 */
export async function verifyRollups(
  database: Database,
  { range, rowsMax, onProgress }: VerifyOptions,
): Promise<VerifyOutcome> {
  return await database.transaction(UPKEEP_DEADLINE_MS, async (tx) => {
    await tx`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY`;
    await allowWholeTables(tx);
    const days = await readEventDays(tx, range);
    const events = days.reduce((sum, day) => sum + day.events, 0);
    const found: Violation[] = [...(await verifyKeys(tx, range.siteId))];
    let total = found.length;
    let verified = 0;
    for (const span of daySpans(range, days, SPAN_EVENTS_MAX)) {
      for (const check of CHECKS) {
        const violations = await check(tx, span, rowsMax);
        found.push(...violations.rows.slice(0, rowsMax - found.length));
        total += violations.total;
        verified += span.events / CHECKS.length;
        onProgress(Math.round(verified), events);
      }
    }
    return { events, days: days.length, rows: found, total };
  });
}
