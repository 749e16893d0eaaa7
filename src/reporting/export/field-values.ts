import type { DayEvents, Texts } from "../columns/day-events.ts";
import type { ExportDay } from "./export-day.ts";
import type { ExportFieldName } from "./export-fields.ts";

const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });
const NO_TEXTS: Texts = { bytes: new Uint8Array(0), ends: new Uint32Array(0) };

/** Returns the value of a field of the event that is written as number i and stands at a place; undefined where it has none. */
export type FieldValues<Value> = (place: number, i: number) => Value | undefined;
type Convert<Value> = (text: string) => Value;

/**
 * Returns the values of a field over a day. Each distinct text is converted once. Undefined when no event has the field.
 * `properties` is JSON, and `engaged_ms` its digits.
 */
export function fieldValues<Value>(
  { siteId, date, events, identified }: ExportDay,
  name: ExportFieldName,
  convert: Convert<Value>,
): FieldValues<Value> | undefined {
  if (name === "event_id") return identified && ((_, i) => convert(identified.idAt(i)));
  if (name === "site_id") {
    const value = convert(siteId);
    return () => value;
  }
  if (name === "timestamp") return timestamps(Date.parse(date), events, convert);
  if (name === "user_id") {
    const values = converted(events.userTexts ?? NO_TEXTS, convert);
    const { userIndex } = events;
    return (place) => values[userIndex[place] ?? 0];
  }
  if (name === "engaged_ms") return engagedTimes(events, convert);
  const column = events.texts[name];
  if (column === undefined) return undefined;
  const values = [undefined, ...converted(column, convert)];
  const { index } = column;
  return (place) => values[index[place] ?? 0];
}

function timestamps<Value>(
  dayMs: number,
  { times }: DayEvents,
  convert: Convert<Value>,
): FieldValues<Value> {
  return (place) => convert(new Date(dayMs + (times[place] ?? 0)).toISOString());
}

function engagedTimes<Value>(
  { engagedMs }: DayEvents,
  convert: Convert<Value>,
): FieldValues<Value> | undefined {
  if (engagedMs === undefined) return undefined;
  return (place) => {
    const ms = engagedMs[place] ?? -1;
    return ms < 0 ? undefined : convert(String(ms));
  };
}

function converted<Value>({ bytes, ends }: Texts, convert: Convert<Value>): Value[] {
  let from = 0;
  return Array.from(ends, (to) => {
    const text = DECODER.decode(bytes.subarray(from, to));
    from = to;
    return convert(text);
  });
}
