import fc from "fast-check";
import { DAY_MS } from "../../../src/event/day.ts";
import { TEXT_COLUMNS, type TextColumnName } from "../../../src/event/text-columns.ts";
import type { DayEvents, TextColumn } from "../../../src/reporting/columns/day-events.ts";
import type { RawColumnName, RawRows } from "../../../src/store/reports/raw-rows.ts";
import { acceptedText } from "../arbitraries.ts";

/** A raw row as an object, for comparison. */
export interface ColumnRow {
  readonly eventId: string;
  readonly timeMs: number;
  readonly user: string;
  readonly texts: Readonly<Partial<Record<TextColumnName, string>>>;
  readonly engagedMs: number | undefined;
}

const NOON_MS = Date.parse("2026-01-15T12:00:00.000Z");

/** Generates rows of up to three days, many at one instant and of one user, some with strange texts. */
export function columnRows(constraints: fc.ArrayConstraints = {}): fc.Arbitrary<ColumnRow[]> {
  const instant = fc.oneof(fc.nat(3), fc.nat(DAY_MS), fc.constantFrom(DAY_MS / 2, DAY_MS / 2 - 1));
  const text = fc.oneof(fc.constantFrom("/", "/a", "/ab", "/b"), acceptedText(40));
  const few = fc.constantFrom<TextColumnName>("country", "properties", "visitor", "utm_term");
  const row = fc.record({
    eventId: fc.uuid(),
    timeMs: fc
      .tuple(fc.integer({ min: -1, max: 1 }), instant)
      .map(([day, ms]) => NOON_MS + day * DAY_MS + ms - DAY_MS / 2),
    user: fc.oneof(fc.constantFrom("ann", "bob"), acceptedText(20)),
    texts: fc
      .tuple(text, text, fc.dictionary(few, text, { maxKeys: 2, noNullPrototype: true }))
      .map(([event_type, path, others]) => ordered({ event_type, path, ...others })),
    engagedMs: fc.option(fc.nat(DAY_MS), { nil: undefined, freq: 3 }),
  });
  return fc.uniqueArray(row, { selector: ({ eventId }) => eventId, ...constraints });
}

/** In the order of `eventsOf`, so that equal rows have equal JSON. */
function ordered(texts: ColumnRow["texts"]): ColumnRow["texts"] {
  const names = TEXT_COLUMNS.filter((name) => texts[name] !== undefined);
  return Object.fromEntries(names.map((name) => [name, texts[name]]));
}

/** As PostgreSQL aggregates them. */
export function rawRowsOf(rows: readonly ColumnRow[]): RawRows {
  const columns = new Map<RawColumnName, Uint8Array>([
    [
      "event_id",
      Buffer.from(rows.map(({ eventId }) => eventId.replaceAll("-", "")).join(""), "hex"),
    ],
    ["user_id", textBytes(rows.map(({ user }) => user))],
    ["engaged_ms", integerBytes(rows.map(({ engagedMs }) => engagedMs ?? -1))],
  ]);
  for (const name of TEXT_COLUMNS) {
    columns.set(name, textBytes(rows.map(({ texts }) => texts[name])));
  }
  const timestamps = Buffer.alloc(8 * rows.length);
  for (const [i, { timeMs }] of rows.entries()) {
    timestamps.writeBigInt64BE(BigInt(timeMs - Date.UTC(2000, 0, 1)) * 1_000n, 8 * i);
  }
  return { count: rows.length, lastId: String(rows.length), timestamps, columns };
}

export function rowsByDate(rows: readonly ColumnRow[]): ReadonlyMap<string, readonly ColumnRow[]> {
  const sorted = rows.toSorted((a, b) => a.timeMs - b.timeMs || (a.eventId < b.eventId ? -1 : 1));
  return Map.groupBy(sorted, ({ timeMs }) => new Date(timeMs).toISOString().slice(0, 10));
}

/** Returns the events of a day as rows without `eventId`. */
export function eventsOf(date: string, day: DayEvents): readonly Omit<ColumnRow, "eventId">[] {
  const dayMs = Date.parse(date);
  const users = day.userTexts;
  return Array.from({ length: day.count }, (_, i) => {
    const user = users && textAt(users, day.userIndex[i] ?? 0);
    const engagedMs = day.engagedMs?.[i] ?? -1;
    const texts = TEXT_COLUMNS.flatMap((name) => {
      const column = day.texts[name];
      const value = column && valueAt(column, i);
      return value === undefined ? [] : [[name, value]];
    });
    return {
      timeMs: dayMs + (day.times[i] ?? 0),
      user: user ?? "",
      texts: Object.fromEntries(texts),
      engagedMs: engagedMs < 0 ? undefined : engagedMs,
    };
  });
}

export function withoutIds(rows: readonly ColumnRow[]): readonly Omit<ColumnRow, "eventId">[] {
  return rows.map(({ timeMs, user, texts, engagedMs }) => ({ timeMs, user, texts, engagedMs }));
}

function valueAt(column: TextColumn, event: number): string | undefined {
  const place = column.index[event] ?? 0;
  return place === 0 ? undefined : textAt(column, place - 1);
}

function textAt({ bytes, ends }: Pick<TextColumn, "bytes" | "ends">, place: number): string {
  return Buffer.from(bytes.slice(place === 0 ? 0 : ends[place - 1], ends[place])).toString();
}

function textBytes(texts: readonly (string | undefined)[]): Uint8Array {
  return Buffer.concat(
    texts.flatMap((text) => [
      text === undefined ? Buffer.from([0xff]) : Buffer.from(text),
      Buffer.from([0]),
    ]),
  );
}

function integerBytes(integers: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(4 * integers.length);
  for (const [i, integer] of integers.entries()) bytes.writeInt32BE(integer, 4 * i);
  return bytes;
}
