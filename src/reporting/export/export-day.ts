import type { DayEvents } from "../columns/day-events.ts";

/** The events of a day that an export writes. */
export interface ExportDay {
  readonly siteId: string;
  /** A UTC day, `YYYY-MM-DD`. */
  readonly date: string;
  /** With all columns. */
  readonly events: DayEvents;
  /** One for each event, in their order. Undefined once raw rows of the day were pruned. */
  readonly eventIds: readonly string[] | undefined;
  /** 1 for each event that is written; undefined for all. */
  readonly passes: Uint8Array | undefined;
}

/** The events from `from` to `to`, exclusive. */
export interface Rows {
  readonly from: number;
  readonly to: number;
}

export interface ExportFormat {
  readonly mediaType: string;
  readonly extension: string;
  readonly open: () => ExportWriter;
}

/** Writes days in order. Each call returns bytes that follow those of the call before. */
export interface ExportWriter {
  /** The day whose rows follow. */
  readonly begin: (day: ExportDay) => void;
  /** Writes some of the day's events. */
  readonly rows: (rows: Rows) => Uint8Array<ArrayBuffer>;
  /** The end of the file. */
  readonly end: () => Uint8Array<ArrayBuffer>;
}
