import { allowWholeTables } from "../allow-whole-tables.ts";
import type { Database, Transaction } from "../database.ts";
import { UPKEEP_DEADLINE_MS } from "../deadlines.ts";
import { pendingKeys } from "../schema/applied-migrations.ts";
import { findDuplicates } from "../schema/duplicates/find-duplicates.ts";
import { type DayRange, readEventDays } from "../upkeep/event-days.ts";
import { daySpans } from "./day-span.ts";
import type { Difference, DuplicateRows } from "./difference.ts";
import { ROLLUPS } from "./rollups.ts";
import { verifyDayTotals } from "./verify-day-totals.ts";
import { verifyRows } from "./verify-rows.ts";

/** Larger spans read the rollups less often; smaller ones take less memory. */
const SPAN_EVENTS_MAX = 2_000_000;

export interface VerifyOptions {
  readonly range: DayRange;
  readonly rowsMax: number;
  readonly onProgress: (events: number, eventsTotal: number) => void;
  readonly rollups?: typeof ROLLUPS;
}

export interface VerifyOutcome {
  readonly events: number;
  readonly days: number;
  readonly rows: readonly Difference[];
  readonly total: number;
}

/** Compares in one snapshot, while batches go on. */
export async function verifyRollups(
  database: Database,
  { range, rowsMax, onProgress, rollups = ROLLUPS }: VerifyOptions,
): Promise<VerifyOutcome> {
  return await database.transaction(UPKEEP_DEADLINE_MS, async (tx) => {
    await tx`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY`;
    await allowWholeTables(tx);
    const days = await readEventDays(tx, range);
    const events = days.reduce((sum, day) => sum + day.events, 0);
    const found: Difference[] = [...(await verifyUniqueKeys(tx, range.siteId))];
    let total = found.length;
    let verified = 0;
    for (const span of daySpans(range, days, SPAN_EVENTS_MAX)) {
      const checks = [
        async () => await verifyDayTotals(tx, { span, rollups, rowsMax }),
        ...rollups.map((rollup) => async () => await verifyRows(tx, { span, rollup, rowsMax })),
      ];
      for (const check of checks) {
        const differences = await check();
        found.push(...differences.rows.slice(0, rowsMax - found.length));
        total += differences.total;
        verified += span.events / checks.length;
        onProgress(Math.round(verified), events);
      }
    }
    return { events, days: days.length, rows: found, total };
  });
}

/** The rollups count duplicate rows, so comparing them finds nothing. */
async function verifyUniqueKeys(
  tx: Transaction,
  siteId: string | undefined,
): Promise<readonly DuplicateRows[]> {
  const found: DuplicateRows[] = [];
  for (const { textKey } of await pendingKeys(tx)) {
    if (siteId !== undefined && textKey.texts[0] !== "site_id") continue;
    const { table, rows, worst } = await findDuplicates(tx, textKey, siteId);
    if (rows > 0) found.push({ kind: "double", table, doubled: rows, sites: worst });
  }
  return found;
}
