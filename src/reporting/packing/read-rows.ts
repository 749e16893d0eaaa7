import { DAY_MS } from "../../event/day.ts";
import { ALL_RAW_COLUMNS, type RawRowsPage, readRawRows } from "../../store/reports/raw-rows.ts";
import type { DayEvents } from "../columns/day-events.ts";
import { RowCollector } from "../columns/rows/row-collector.ts";
import type { PackContext } from "./write-parts.ts";

/** Other programs may store any timestamp. */
const EVER = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };

export interface RowRange {
  /** Exclusive. */
  readonly afterId: string;
  readonly untilId: string;
  readonly rowsMax: number;
}

export interface CollectedRows {
  readonly days: ReadonlyMap<string, DayEvents>;
  readonly rows: number;
  /** Undefined without rows. */
  readonly lastId: string | undefined;
  /** Whether more rows follow. */
  readonly isFull: boolean;
}

/** Reads a site's next rows by id, at most about `rowsMax`. */
export async function readRows(
  { sql, siteId, secret }: PackContext,
  { afterId, untilId, rowsMax }: RowRange,
  span: { readonly fromMs: number; readonly toMs: number } = EVER,
): Promise<CollectedRows> {
  const collector = new RowCollector(secret);
  let lastId: string | undefined;
  let nextAfterId: string | undefined = afterId;
  while (collector.count < rowsMax && nextAfterId !== undefined) {
    const page: RawRowsPage = await readRawRows(sql, {
      siteId,
      columns: ALL_RAW_COLUMNS,
      afterId: nextAfterId,
      untilId,
      ...span,
    });
    if (page.rows !== undefined) {
      collector.add(page.rows);
      ({ lastId } = page.rows);
    }
    ({ nextAfterId } = page);
  }
  const { count } = collector;
  return {
    days: count === 0 ? new Map() : collector.days(),
    rows: count,
    lastId,
    isFull: count >= rowsMax,
  };
}

/** Reads the rows of a day with ids from `firstId` to `lastId`; undefined when there are none. */
export async function readRowsOfDay(
  context: PackContext,
  {
    date,
    firstId,
    lastId,
  }: { readonly date: string; readonly firstId: string; readonly lastId: string },
): Promise<DayEvents | undefined> {
  const span = { fromMs: Date.parse(date), toMs: Date.parse(date) + DAY_MS };
  const range = {
    afterId: String(BigInt(firstId) - 1n),
    untilId: lastId,
    rowsMax: Number.POSITIVE_INFINITY,
  };
  return (await readRows(context, range, span)).days.get(date);
}
