import { TEXT_COLUMNS, type TextColumnName } from "../../../event/text-columns.ts";
import type { DayEvents, TextColumn } from "../day-events.ts";
import { gather, type Interleaving, interleave } from "./interleaving.ts";
import { mergeTextColumns } from "./merge-texts.ts";
import { mergeUsers } from "./merge-users.ts";

export interface MergedEvents {
  readonly events: DayEvents;
  /**
   * Whether one user has events at one instant in several parts: their order is that of the parts, not of `event_id`. Never true
   * unless the parts were read with users.
   */
  readonly hasTies: boolean;
}

/** Merges parts of one day, which were read with the same columns, by time. */
export function mergeDayEvents(first: DayEvents, others: readonly DayEvents[]): MergedEvents {
  // The smaller ones first, so that the largest is copied once.
  const [smallest, ...larger] = [first, ...others].toSorted((a, b) => a.count - b.count);
  let merged: MergedEvents = { events: smallest ?? first, hasTies: false };
  for (const part of larger) merged = mergeTwo(merged, part);
  return merged;
}

function mergeTwo({ events: first, hasTies }: MergedEvents, second: DayEvents): MergedEvents {
  const { times, order } = interleave(first.times, second.times);
  const events: DayEvents = {
    count: first.count + second.count,
    times,
    ...mergeUsers(order, first, second),
    texts: textsOf(order, first, second),
    ...engagedOf(order, first, second),
  };
  return { events, hasTies: hasTies || haveTies({ times, order }, events, first.count) };
}

function textsOf(order: Uint32Array, first: DayEvents, second: DayEvents): DayEvents["texts"] {
  const texts: Partial<Record<TextColumnName, TextColumn>> = {};
  for (const name of TEXT_COLUMNS) {
    const parts = [first, second].map((part) => ({ count: part.count, column: part.texts[name] }));
    const [one, other] = parts;
    if (!one || !other || (one.column === undefined && other.column === undefined)) continue;
    texts[name] = mergeTextColumns(order, one, other);
  }
  return texts;
}

function engagedOf(
  order: Uint32Array,
  first: DayEvents,
  second: DayEvents,
): Pick<DayEvents, "engagedMs"> {
  if (first.engagedMs === undefined && second.engagedMs === undefined) return {};
  return { engagedMs: new Int32Array(gather(order, bitsOf(first), bitsOf(second))) };
}

function bitsOf({ engagedMs, count }: DayEvents): Uint32Array {
  return new Uint32Array(engagedMs ?? new Int32Array(count).fill(-1));
}

function haveTies(
  { times, order }: Interleaving,
  { users, userIndex }: DayEvents,
  firstCount: number,
): boolean {
  // By user: the last instant at which the first part has an event of the user, counted from 1.
  const seenAt = new Uint32Array(users.length / 2);
  let instant = 1;
  for (let at = 0; at < userIndex.length; at += 1) {
    if (at > 0 && times[at] !== times[at - 1]) instant += 1;
    const user = userIndex[at] ?? 0;
    if ((order[at] ?? 0) < firstCount) seenAt[user] = instant;
    else if (seenAt[user] === instant) return true;
  }
  return false;
}
