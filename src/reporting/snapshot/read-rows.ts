import type { SQL } from "bun";
import { DAY_MS } from "../../event/day.ts";
import { type RawColumnName, type RawRowsPage, readRawRows } from "../../store/reports/raw-rows.ts";
import type { DayEvents } from "../columns/day-events.ts";
import { RowCollector } from "../columns/rows/row-collector.ts";
import { ROWS_MAX } from "../columns/rows/row-order.ts";
import type { Interval } from "../query/report-query.ts";
import { tooManyRows } from "./too-many-rows.ts";

export interface RowSource {
  readonly siteId: string;
  readonly read: <Result>(work: (sql: SQL) => Promise<Result>) => Promise<Result>;
  readonly columns: readonly RawColumnName[];
  readonly secret: Uint8Array;
  readonly pause?: () => Promise<void> | undefined;
  /** Only rows with timestamps in it are read. Absent means whole days. */
  readonly within?: Interval | undefined;
}

/** Rows of some dates with ids from one to another, all of them included. */
export interface RowRange {
  readonly from: string;
  readonly to: string;
  readonly firstId: bigint;
  readonly lastId: bigint;
}

/**
 * Returns the events of raw rows by date.
 *
 * @throws QueueFlowError `query_too_large` for more than `ROWS_MAX` rows.
 */
export async function readRows(
  { siteId, read, columns, secret, pause, within }: RowSource,
  { from, to, firstId, lastId }: RowRange,
): Promise<ReadonlyMap<string, DayEvents>> {
  const collector = new RowCollector(secret);
  const query = {
    siteId,
    columns,
    untilId: String(lastId),
    fromMs: Math.max(Date.parse(from), within?.fromMs ?? Number.NEGATIVE_INFINITY),
    toMs: Math.min(Date.parse(to) + DAY_MS, within?.toMs ?? Number.POSITIVE_INFINITY),
  };
  let afterId: string | undefined = String(firstId - 1n);
  while (afterId !== undefined) {
    const after: string = afterId;
    const page: RawRowsPage = await read(
      async (sql) => await readRawRows(sql, { ...query, afterId: after }),
    );
    if (page.rows !== undefined) collector.add(page.rows);
    if (collector.count > ROWS_MAX) throw tooManyRows({ from, to });
    afterId = page.nextAfterId;
    await pause?.();
  }
  return collector.days();
}
