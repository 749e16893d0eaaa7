import type { DayEvents } from "../columns/day-events.ts";

/** The events of a day that an export writes. */
export interface ExportDay {
  readonly siteId: string;
  /** A UTC day, `YYYY-MM-DD`. */
  readonly date: string;
  /** With all columns. */
  readonly events: DayEvents;
  /** Undefined once raw rows of the day were pruned. */
  readonly identified: IdentifiedEvents | undefined;
  /** 1 for each event that is written; undefined for all. */
  readonly passes: Uint8Array | undefined;
}

/** The events of a day by time and then id. */
export interface IdentifiedEvents {
  /** Returns the id of the event that comes as number i. */
  readonly idAt: (i: number) => string;
  /** The place of each in the columns. */
  readonly order: Uint32Array;
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

/** Returns the place in the columns of the event that comes as number i. */
export function placeOf({ identified }: Pick<ExportDay, "identified">, i: number): number {
  return identified?.order[i] ?? i;
}

/** Yields the place and the number of each event that is written. */
export function* writtenEvents(
  day: ExportDay | undefined,
  { from, to }: Rows,
): Generator<readonly [place: number, i: number]> {
  if (day === undefined) return;
  const { passes } = day;
  for (let i = from; i < to; i += 1) {
    const place = placeOf(day, i);
    if (passes === undefined || passes[place] === 1) yield [place, i];
  }
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
