import type { SQL } from "bun";
import { QueueFlowError } from "../../errors.ts";
import type { StoredSettings } from "../../store/reports/read-site-settings.ts";
import type { Opening } from "../../store/reports/snapshot-rows.ts";
import { ROWS_MAX } from "../columns/rows/row-order.ts";
import type { ChosenColumns } from "./chosen-columns.ts";
import { type EventBounds, readBounds } from "./read-bounds.ts";
import type { SiteSnapshot } from "./site-snapshot.ts";
import { SnapshotDays } from "./snapshot-days.ts";
import type { SnapshotSource } from "./snapshot-source.ts";

/** A snapshot before its columns are chosen. */
export interface OpenedSnapshot extends Pick<SiteSnapshot, "asOfMs" | "firstDate" | "lastDate"> {
  /** The open transaction. */
  readonly sql: SQL;
  readonly settings: StoredSettings;
  /** Reads the times of two days. Throws as `SiteSnapshot` does. */
  readonly readBounds: () => Promise<EventBounds | undefined>;
}

export interface SnapshotOptions {
  readonly siteId: string;
  readonly signal: AbortSignal;
  /** By `performance.now()`. With it, questions of the site may share a snapshot that began later. */
  readonly askedAtMs?: number;
  /** The question's budget. */
  readonly eventsMax: number;
  readonly choose: (opened: OpenedSnapshot) => Promise<ChosenColumns> | ChosenColumns;
  /** Called between pieces of work of a few milliseconds. */
  readonly pause?: () => Promise<void> | undefined;
}

/**
 * Opens a snapshot, or joins one. The caller must end it.
 *
 * @throws QueueFlowError `query_too_large` when too many rows of the site wait to be packed; `database_unavailable` when PostgreSQL does
 *   not respond. The reason of `signal`, and what `choose` and the driver throw.
 */
export async function openSiteSnapshot(
  source: SnapshotSource,
  { siteId, signal, askedAtMs, eventsMax, choose, pause = () => undefined }: SnapshotOptions,
): Promise<SiteSnapshot> {
  const reads = source.snapshots.join({ siteId, askedAtMs });
  let isEnded = false;
  const end = () => {
    if (!isEnded) reads.leave();
    isEnded = true;
  };
  try {
    const opening = await reads.opening(signal);
    refuseLongTail(opening, Math.min(eventsMax, ROWS_MAX));
    const { asOfMs, firstDate, lastDate, settings } = opening;
    const daysOf = (chosen: ChosenColumns) =>
      new SnapshotDays({ source, reads, opening, chosen, eventsMax, signal, pause });
    const readTimes = async () => {
      const days = daysOf({ columns: new Set(), orderMatters: false });
      const readDay = async (date: string) => await days.readDay(date);
      return await readBounds({ firstDate, lastDate, readDay });
    };
    const opened = { asOfMs, firstDate, lastDate, settings, readBounds: readTimes };
    const chosen = await reads.read(async (sql) => await choose({ ...opened, sql }), signal);
    const days = daysOf(chosen);
    return {
      asOfMs,
      firstDate,
      lastDate,
      prefetch: async (from, to) => await days.prefetch(from, to),
      readDay: async (date) => await days.readDay(date),
      end,
    };
  } catch (error) {
    end();
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
