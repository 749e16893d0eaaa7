import { DAY_MS } from "../../../event/day.ts";
import type { TextColumnName } from "../../../event/text-columns.ts";
import type { DayEvents, TextColumn } from "../../columns/day-events.ts";
import type { SnapshotDay } from "../../snapshot/site-snapshot.ts";

const NONE = new Int32Array(0);

/** A day's columns. Indexes are signed here, since engines have no unsigned integers and would fall back to doubles. */
export class FoldDay {
  readonly date: string;
  readonly startMs: number;
  readonly events: DayEvents;
  readonly isIncomplete: boolean;
  /** The visit of each event, -1 for none. Empty until the day has been walked. */
  visits: Int32Array = NONE;
  readonly #indexes = new Map<TextColumnName, Int32Array>();
  #userIndex: Int32Array | undefined;

  constructor({ date, events, isIncomplete }: SnapshotDay) {
    this.date = date;
    this.startMs = Date.parse(date);
    this.events = events;
    this.isIncomplete = isIncomplete;
  }

  get endMs(): number {
    return this.startMs + DAY_MS;
  }

  /** The place of each event's user in `users`. */
  get userIndex(): Int32Array {
    this.#userIndex ??= signed(this.events.userIndex);
    return this.#userIndex;
  }

  /** Returns undefined for a column that no event has. */
  column(name: TextColumnName): { column: TextColumn; index: Int32Array } | undefined {
    const column = this.events.texts[name];
    if (column === undefined) return undefined;
    let index = this.#indexes.get(name);
    if (index === undefined) {
      index = signed(column.index);
      this.#indexes.set(name, index);
    }
    return { column, index };
  }
}

function signed(index: Uint32Array): Int32Array {
  return new Int32Array(index.buffer, index.byteOffset, index.length);
}
