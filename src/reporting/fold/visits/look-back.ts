import { DAY_MS, utcDate } from "../../../event/day.ts";
import type { DayReader } from "../days/day-reader.ts";
import type { FoldDay } from "../days/fold-day.ts";
import { firstAt } from "../days/spans.ts";
import type { EventField } from "../fields/event-field.ts";
import { type Pace, paused } from "../pace.ts";
import { engagementPlace } from "./engagement.ts";
import { UserList } from "./user-set.ts";
import { VISIT_GAP_MS } from "./walk-visits.ts";

interface Search {
  readonly reader: DayReader;
  /** The day of `fromMs`. */
  readonly day: FoldDay;
  readonly fromMs: number;
  readonly types: EventField;
  /** Whether it is enough to know that an event is in a visit, without where the visit begins. */
  readonly isStartEnough: boolean;
}

export interface LookBack {
  /** Where to begin, so that the visits of the range are right. */
  readonly date: string;
  /** The users of the days before the range who matter. */
  readonly users: UserList<number>;
}

/**
 * Finds the visits that reach into the range from the day before or earlier: a user's events follow each other with gaps that end
 * no visit, from the start of one day into the next. A user who is active all the time leads back to the first event of the site.
 */
export async function lookBack(search: Search, pace: Pace): Promise<LookBack> {
  const { reader, day, types } = search;
  await types.prepare(day, pace);
  const users = usersAcross(day, search);
  let { date } = day;
  let sought = users;
  if (sought.size === 0) return { date, users };
  for await (const before of reader.backward(utcDate(day.startMs - DAY_MS))) {
    ({ date } = before);
    await types.prepare(before, pace);
    sought = earlierAcross(before, sought, search);
    if (sought.size === 0) break;
    await paused(pace);
  }
  return { date, users };
}

/** Returns the users who may have a visit at the day's start that reaches into the range, with the offset of their first event. */
function usersAcross(day: FoldDay, { fromMs, types, isStartEnough }: Search): UserList<number> {
  const { times, users, userIndex } = day.events;
  const chains = new Chains(users.length / 2);
  const fromOffset = fromMs - day.startMs;
  const until = firstAt(times, fromOffset + VISIT_GAP_MS + 1);
  const engagement = engagementPlace(types, day);
  const typeIndex = types.dayIds(day)?.index;
  const reaches = new Uint8Array(users.length / 2);
  for (let at = 0; at < until; at++) {
    const user = userIndex[at] ?? 0;
    const time = times[at] ?? 0;
    const isWhole = chains.add(user, time);
    if (time >= fromOffset) {
      if (isWhole) reaches[user] = 1;
    } else if (isStartEnough && typeIndex?.[at] !== engagement) chains.cut(user);
  }
  // The range may begin after the user's last event of the day, and the visit go on in the next.
  return chains.list(users, (place) => reaches[place] === 1 || chains.isWholeUntil(place, DAY_MS));
}

/** Returns those of the users whose visit reaches the start of this day as well. */
function earlierAcross(
  day: FoldDay,
  sought: UserList<number>,
  { types, isStartEnough }: Search,
): UserList<number> {
  const { times, users, userIndex, count } = day.events;
  /** When the next day has the user's first event, in this day's milliseconds; 0 for users who are not sought. */
  const next = new Int32Array(users.length / 2);
  sought.eachIn(users, (place, firstMs) => {
    next[place] = DAY_MS + firstMs;
  });
  const chains = new Chains(users.length / 2);
  const engagement = engagementPlace(types, day);
  const typeIndex = types.dayIds(day)?.index;
  for (let at = 0; at < count; at++) {
    const user = userIndex[at] ?? 0;
    if (next[user] === 0) continue;
    chains.add(user, times[at] ?? 0);
    if (isStartEnough && typeIndex?.[at] !== engagement) chains.cut(user);
  }
  return chains.list(users, (place) => {
    const nextMs = next[place] ?? 0;
    return nextMs > 0 && chains.isWholeUntil(place, nextMs);
  });
}

/** Follows users from the start of a day, as long as no gap ends a visit. */
class Chains {
  /** Plus 1; 0 before the first event, -1 once cut. */
  readonly #lastMs: Int32Array;
  readonly #firstMs: Int32Array;

  constructor(users: number) {
    this.#lastMs = new Int32Array(users);
    this.#firstMs = new Int32Array(users);
  }

  /** Returns whether the user's events reach from the start of the day to this one. */
  add(user: number, time: number): boolean {
    const last = this.#lastMs[user] ?? 0;
    if (last < 0) return false;
    if (last === 0) this.#firstMs[user] = time;
    // The last event of the day before was at -1 at the latest.
    const gapMs = last === 0 ? time + 1 : time - (last - 1);
    this.#lastMs[user] = gapMs <= VISIT_GAP_MS ? time + 1 : -1;
    return gapMs <= VISIT_GAP_MS;
  }

  cut(user: number): void {
    this.#lastMs[user] = -1;
  }

  isWholeUntil(user: number, nextMs: number): boolean {
    const last = this.#lastMs[user] ?? 0;
    return last > 0 && nextMs - (last - 1) <= VISIT_GAP_MS;
  }

  list(users: Uint32Array, isListed: (place: number) => boolean): UserList<number> {
    const list = new UserList<number>();
    for (let place = 0; place < users.length / 2; place++) {
      if (isListed(place)) list.add(users, place, this.#firstMs[place] ?? 0);
    }
    return list;
  }
}
