import { DAY_MS } from "../../event/day.ts";
import { TIMESTAMP_MIN } from "../../event/limits.ts";
import { ALL_RAW_COLUMNS, readRawRows } from "../../store/reports/raw-rows.ts";
import type { DayEvents } from "../columns/day-events.ts";
import { RowCollector } from "../columns/rows/row-collector.ts";
import type { PackContext } from "./write-parts.ts";

/** After every timestamp. */
const TIMESTAMP_END = "9999-12-31T23:59:59.999Z";

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
  { from, to }: { readonly from: string; readonly to: string } = {
    from: TIMESTAMP_MIN,
    to: TIMESTAMP_END,
  },
): Promise<CollectedRows> {
  const collector = new RowCollector(secret);
  let lastId: string | undefined;
  while (collector.count < rowsMax) {
    const page = await readRawRows(sql, {
      siteId,
      columns: ALL_RAW_COLUMNS,
      afterId: lastId ?? afterId,
      untilId,
      from,
      to,
    });
    if (page === undefined) break;
    collector.add(page);
    ({ lastId } = page);
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
  const from = new Date(`${date}T00:00:00.000Z`);
  const span = { from: from.toISOString(), to: new Date(from.getTime() + DAY_MS).toISOString() };
  const range = {
    afterId: String(BigInt(firstId) - 1n),
    untilId: lastId,
    rowsMax: Number.POSITIVE_INFINITY,
  };
  return (await readRows(context, range, span)).days.get(date);
}
