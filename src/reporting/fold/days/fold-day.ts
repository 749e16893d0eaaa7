import { DAY_MS } from "../../../event/day.ts";
import type { DayEvents } from "../../columns/day-events.ts";
import type { SnapshotDay } from "../../snapshot/site-snapshot.ts";

const NONE = new Int32Array(0);

/** A day's columns, and the visits of its events. */
export class FoldDay {
  readonly date: string;
  readonly startMs: number;
  readonly events: DayEvents;
  readonly isIncomplete: boolean;
  /** The visit of each event, -1 for none. Empty until the day has been walked. */
  visits: Int32Array = NONE;

  constructor({ date, events, isIncomplete }: SnapshotDay) {
    this.date = date;
    this.startMs = Date.parse(date);
    this.events = events;
    this.isIncomplete = isIncomplete;
  }

  get endMs(): number {
    return this.startMs + DAY_MS;
  }
}
