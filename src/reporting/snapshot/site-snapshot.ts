import type { DayEvents } from "../columns/day-events.ts";

export interface SnapshotDay {
  /** A UTC day, `YYYY-MM-DD`. */
  readonly date: string;
  readonly events: DayEvents;
  /** Whether events of the day are missing, since they were pruned before they were packed. */
  readonly isIncomplete: boolean;
}

/** The events of one site as one transaction sees them. Reads throw `SnapshotLost` when another question breaks the transaction. */
export interface SiteSnapshot {
  readonly asOfMs: number;
  /** The first and last UTC day that has events. */
  readonly firstDate: string | undefined;
  readonly lastDate: string | undefined;
  /**
   * Reads the days from `from` to `to`, both included, so that `readDay` answers from memory.
   *
   * @throws QueueFlowError `query_too_large` above the query's budget of events.
   */
  prefetch(from: string, to: string): Promise<void>;
  /** Returns undefined for a day without events. Throws as `prefetch` does. */
  readDay(date: string): Promise<SnapshotDay | undefined>;
  /** Waits for nothing. May be called twice. */
  end(): void;
}
