import type { SQL } from "bun";
import { QueueFlowError } from "../../errors.ts";
import { ReadTransaction } from "../../store/reports/read-transaction.ts";
import { type Opening, readOpening } from "../../store/reports/snapshot-rows.ts";
import { ROWS_MAX } from "../columns/rows/row-order.ts";
import { SECRET_BYTES } from "../columns/user-hash.ts";
import type { ChosenColumns } from "./chosen-columns.ts";
import { type EventBounds, readBounds } from "./read-bounds.ts";
import type { SiteSnapshot } from "./site-snapshot.ts";
import { SnapshotDays } from "./snapshot-days.ts";
import type { SnapshotSource } from "./snapshot-source.ts";

/** A snapshot before its columns are chosen. */
export interface OpenedSnapshot extends Pick<SiteSnapshot, "asOfMs" | "firstDate" | "lastDate"> {
  /** The open transaction. */
  readonly sql: SQL;
  /** Reads the times of two days. Throws as `SiteSnapshot` does. */
  readonly readBounds: () => Promise<EventBounds | undefined>;
}

export interface SnapshotOptions {
  readonly siteId: string;
  readonly signal: AbortSignal;
  /** The question's budget. */
  readonly eventsMax: number;
  readonly choose: (opened: OpenedSnapshot) => Promise<ChosenColumns> | ChosenColumns;
  /** Called between pieces of work of a few milliseconds. */
  readonly pause?: () => Promise<void> | undefined;
}

/**
 * Opens a snapshot that the caller must end.
 *
 * @throws QueueFlowError `query_too_large` when too many rows of the site wait to be packed; `database_unavailable` when PostgreSQL does
 *   not respond. The reason of `signal`, and what `choose` and the driver throw.
 */
export async function openSiteSnapshot(
  source: SnapshotSource,
  { siteId, signal, eventsMax, choose, pause = () => undefined }: SnapshotOptions,
): Promise<SiteSnapshot> {
  const transaction = await ReadTransaction.begin(source.connections, signal);
  try {
    const opening = await transaction.read(
      async (sql) => await readOpening(sql, { siteId, tailRowsMax: ROWS_MAX }),
    );
    refuseLongTail(opening, Math.min(eventsMax, ROWS_MAX));
    const { asOfMs, firstDate, lastDate } = opening;
    const daysOf = (chosen: ChosenColumns) =>
      new SnapshotDays({
        siteId,
        source,
        transaction,
        chosen,
        eventsMax,
        pause,
        tail: opening.tail,
        // Nothing was packed before there was a secret, so that its hashes are compared with no others.
        secret: opening.secret ?? new Uint8Array(SECRET_BYTES),
      });
    const readTimes = async () => {
      const days = daysOf({ columns: new Set(), orderMatters: false });
      const readDay = async (date: string) => await days.readDay(date);
      return await readBounds({ firstDate, lastDate, readDay });
    };
    const chosen = await transaction.read(
      async (sql) => await choose({ sql, asOfMs, firstDate, lastDate, readBounds: readTimes }),
    );
    const days = daysOf(chosen);
    return {
      asOfMs,
      firstDate,
      lastDate,
      prefetch: async (from, to) => await days.prefetch(from, to),
      readDay: async (date) => await days.readDay(date),
      end: async () => await transaction.end(),
    };
  } catch (error) {
    await transaction.end();
    throw error;
  }
}

function refuseLongTail({ tail }: Opening, rowsMax: number): void {
  const rows = tail.reduce((sum, day) => sum + day.rows, 0);
  if (rows <= rowsMax) return;
  const problem = `More than ${rowsMax} events of the site are not packed yet, too many for a question to read`;
  throw new QueueFlowError(
    "query_too_large",
    `${problem}: ask again when the packer has caught up`,
  );
}
