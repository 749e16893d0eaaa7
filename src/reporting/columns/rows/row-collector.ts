import { utcDate } from "../../../event/day.ts";
import type { TextColumnName } from "../../../event/text-columns.ts";
import type { RawRows } from "../../../store/reports/raw-rows.ts";
import type { DayEvents } from "../day-events.ts";
import { placesInByteOrder } from "../sort-texts.ts";
import { CollectedTexts } from "./collected-texts.ts";
import { DayDictionaries, selectTexts } from "./day-dictionaries.ts";
import { joined } from "./joined.ts";
import { type DayRows, millisecondsOf, orderRows } from "./row-order.ts";
import { UserDictionaries } from "./user-dictionaries.ts";

/** Collects raw rows, in pages of the same columns, and divides them by UTC day. Takes at most `ROWS_MAX` rows. */
export class RowCollector {
  readonly #secret: Uint8Array;
  readonly #timestamps: Uint8Array[] = [];
  readonly #eventIds: Uint8Array[] = [];
  readonly #engagedMs: Uint8Array[] = [];
  readonly #users = new CollectedTexts();
  readonly #texts = new Map<TextColumnName, CollectedTexts>();
  #count = 0;

  /** `secret` is that of `packing_secret`. */
  constructor(secret: Uint8Array) {
    this.#secret = secret;
  }

  get count(): number {
    return this.#count;
  }

  add({ count, timestamps, columns }: RawRows): void {
    this.#count += count;
    this.#timestamps.push(timestamps);
    for (const [name, column] of columns) {
      if (name === "event_id") this.#eventIds.push(column);
      else if (name === "engaged_ms") this.#engagedMs.push(column);
      else (name === "user_id" ? this.#users : this.#textsOf(name)).add(column, count);
    }
  }

  /** Returns the events of each date that has any, with `userTexts` if there are users, in the order of the dates. */
  days(): ReadonlyMap<string, DayEvents> {
    const times = millisecondsOf(joined(this.#timestamps));
    const eventIds = this.#eventIds.length === 0 ? undefined : joined(this.#eventIds);
    const engagedMs =
      this.#engagedMs.length === 0 ? undefined : integersOf(joined(this.#engagedMs));
    const users = new UserDictionaries(this.#users, this.#secret);
    const texts = [...this.#texts].map(([name, collected]) => {
      const all = collected.interner.texts();
      const dictionaries = new DayDictionaries(placesInByteOrder(all), collected.numbers());
      return { name, all, dictionaries };
    });
    const dayOf = (day: DayRows): DayEvents => ({
      count: day.rows.length,
      times: day.times,
      ...users.next(day.rows),
      texts: Object.fromEntries(
        texts.flatMap(({ name, all, dictionaries }) => {
          const { places, index } = dictionaries.next(day.rows);
          return places.length === 0 ? [] : [[name, { ...selectTexts(all, places), index }]];
        }),
      ),
      ...engagedOf(engagedMs, day.rows),
    });
    return new Map(orderRows(times, eventIds).map((day) => [utcDate(day.dayMs), dayOf(day)]));
  }

  #textsOf(name: TextColumnName): CollectedTexts {
    const collected = this.#texts.get(name) ?? new CollectedTexts();
    this.#texts.set(name, collected);
    return collected;
  }
}

function engagedOf(all: Int32Array | undefined, rows: Uint32Array): Pick<DayEvents, "engagedMs"> {
  if (all === undefined) return {};
  const engagedMs = new Int32Array(rows.length);
  let isAny = false;
  for (let i = 0; i < rows.length; i += 1) {
    const ms = all[rows[i] ?? 0] ?? 0;
    engagedMs[i] = ms;
    if (ms >= 0) isAny = true;
  }
  return isAny ? { engagedMs } : {};
}

function integersOf({ buffer, byteOffset, length }: Uint8Array): Int32Array {
  const view = new DataView(buffer, byteOffset, length);
  const integers = new Int32Array(length / 4);
  for (let i = 0; i < integers.length; i += 1) integers[i] = view.getInt32(4 * i);
  return integers;
}
