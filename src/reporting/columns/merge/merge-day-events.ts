import { allPieces, type Pieces } from "../../../async/pieces.ts";
import { TEXT_COLUMNS, type TextColumnName } from "../../../event/text-columns.ts";
import type { DayEvents, TextColumn } from "../day-events.ts";
import { gather, type Interleaving, interleave } from "./interleaving.ts";
import { mergeTextColumns } from "./merge-texts.ts";
import { mergeUsers } from "./merge-users.ts";
import { PIECE_STEPS } from "./piece.ts";

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
  return allPieces(mergingDayEvents(first, others));
}

/** Does the same in pieces, of some milliseconds for a million events. */
export function* mergingDayEvents(
  first: DayEvents,
  others: readonly DayEvents[],
): Pieces<MergedEvents> {
  // The smaller ones first, so that the largest is copied once.
  const [smallest, ...larger] = [first, ...others].toSorted((a, b) => a.count - b.count);
  let merged: MergedEvents = { events: smallest ?? first, hasTies: false };
  for (const part of larger) merged = yield* mergeTwo(merged, part);
  return merged;
}

function* mergeTwo(
  { events: first, hasTies }: MergedEvents,
  second: DayEvents,
): Pieces<MergedEvents> {
  const { times, order } = yield* interleave(first.times, second.times);
  const users = yield* mergeUsers(order, first, second);
  const events: DayEvents = {
    count: first.count + second.count,
    times,
    ...users,
    texts: yield* textsOf(order, first, second),
    ...(yield* engagedOf(order, first, second)),
  };
  return { events, hasTies: hasTies || (yield* haveTies({ times, order }, events, first.count)) };
}

function* textsOf(
  order: Uint32Array,
  first: DayEvents,
  second: DayEvents,
): Pieces<DayEvents["texts"]> {
  const texts: Partial<Record<TextColumnName, TextColumn>> = {};
  for (const name of TEXT_COLUMNS) {
    const parts = [first, second].map((part) => ({ count: part.count, column: part.texts[name] }));
    const [one, other] = parts;
    if (!one || !other || (one.column === undefined && other.column === undefined)) continue;
    texts[name] = yield* mergeTextColumns(order, one, other);
  }
  return texts;
}

function* engagedOf(
  order: Uint32Array,
  first: DayEvents,
  second: DayEvents,
): Pieces<Pick<DayEvents, "engagedMs">> {
  if (first.engagedMs === undefined && second.engagedMs === undefined) return {};
  return { engagedMs: new Int32Array(yield* gather(order, bitsOf(first), bitsOf(second))) };
}

function bitsOf({ engagedMs, count }: DayEvents): Uint32Array {
  return new Uint32Array(engagedMs ?? new Int32Array(count).fill(-1));
}

function* haveTies(
  { times, order }: Interleaving,
  { users, userIndex }: DayEvents,
  firstCount: number,
): Pieces<boolean> {
  const search: TieSearch = {
    times,
    order,
    userIndex,
    firstCount,
    seenAt: new Uint32Array(users.length / 2),
    instant: 1,
  };
  for (let from = 0; from < userIndex.length; from += PIECE_STEPS) {
    if (hasTie(search, from)) return true;
    yield;
  }
  return false;
}

interface TieSearch extends Interleaving {
  readonly userIndex: Uint32Array;
  readonly firstCount: number;
  /** By user: the last instant at which the first part has an event of the user, counted from 1. */
  readonly seenAt: Uint32Array;
  instant: number;
}

function hasTie(search: TieSearch, from: number): boolean {
  const { times, order, userIndex, firstCount, seenAt } = search;
  const until = Math.min(from + PIECE_STEPS, userIndex.length);
  let { instant } = search;
  for (let at = from; at < until; at += 1) {
    if (at > 0 && times[at] !== times[at - 1]) instant += 1;
    const user = userIndex[at] ?? 0;
    if ((order[at] ?? 0) < firstCount) seenAt[user] = instant;
    else if (seenAt[user] === instant) return true;
  }
  search.instant = instant;
  return false;
}
