import { inPieces } from "../../../async/pieces.ts";
import { UserInterner } from "../../columns/user-interner.ts";
import type { TimeRange } from "../../query/report-query.ts";
import type { FoldDay } from "../days/fold-day.ts";
import type { EventField } from "../fields/event-field.ts";
import type { EventFields } from "../fields/event-fields.ts";
import { type Pace, paused } from "../pace.ts";
import { type DailyPlaces, DailyVisitors } from "./daily-visitors.ts";

/** What `visitor` says of an event whose user id changes every day. */
const DAILY = "daily";
/** Users numbered between two looks at the time. */
const BATCH_USERS = 100_000;

/** A day's visitors: by event where some are daily, otherwise by the place of the user. */
interface DayVisitors {
  readonly byUser: Int32Array;
  readonly byEvent?: Int32Array;
}

/** Numbers visitors: a user is one, and a daily one is another each local date. */
export class Visitors {
  readonly #timeZone: string;
  readonly #range: TimeRange;
  readonly #fields: EventFields;
  readonly #users = new UserInterner();
  readonly #usersOf = new WeakMap<FoldDay, Int32Array>();
  /** Undefined until the first daily visitor: until then, a user's number is the visitor's. */
  #daily: DailyVisitors | undefined;
  #isUsed = false;
  #day: FoldDay | undefined;
  #visitors: DayVisitors = { byUser: new Int32Array(0) };

  constructor(parts: { timeZone: string; range: TimeRange; fields: EventFields }) {
    this.#timeZone = parts.timeZone;
    this.#range = parts.range;
    this.#fields = parts.fields;
  }

  /** Names the columns to be read. */
  use(): this {
    this.#isUsed = true;
    this.#fields.columns.add("users");
    this.#field();
    return this;
  }

  /** Numbers the users of days that are folded next. */
  async prepareUsers(days: readonly FoldDay[], pace: Pace): Promise<void> {
    if (!this.#isUsed) return;
    for (const some of batchesOf(days)) {
      const users = some.map(({ events }) => events.users);
      const ids = await inPieces(this.#users.idsOfAll(users), pace);
      for (const [at, day] of some.entries()) this.#usersOf.set(day, ids[at] ?? new Int32Array(0));
      await paused(pace);
    }
  }

  async prepare(day: FoldDay, pace: Pace): Promise<void> {
    if (this.#day === day) return;
    this.#day = day;
    await this.#field().prepare(day, pace);
    this.#visitors = this.#visitorsOf(day, this.#usersOf.get(day) ?? new Int32Array(0));
  }

  /** Writes the visitors of some of the day's events. */
  fill(day: FoldDay, events: Int32Array, count: number, visitors: Int32Array): void {
    const { byUser, byEvent } = this.#visitors;
    if (byEvent !== undefined) {
      for (let at = 0; at < count; at++) visitors[at] = byEvent[events[at] ?? 0] ?? 0;
      return;
    }
    const { userIndex } = day.events;
    for (let at = 0; at < count; at++) {
      visitors[at] = byUser[userIndex[events[at] ?? 0] ?? 0] ?? 0;
    }
  }

  /** Adds the local dates of those visitors of the day prepared last that are daily, until there are two. */
  noteDailyDates(visitors: Int32Array, count: number, dates: Set<number>): void {
    if (this.#visitors.byEvent !== undefined) this.#daily?.noteDates(visitors, count, dates);
  }

  #visitorsOf(day: FoldDay, users: Int32Array): DayVisitors {
    const isDaily = this.#dailyPlaces(day);
    if (isDaily !== undefined) {
      this.#daily ??= new DailyVisitors(this.#timeZone, this.#range, this.#users.count);
    }
    const byUser = this.#daily?.numbersOf(users) ?? users;
    const byEvent = isDaily && this.#daily?.byEvent(day, { users, byUser, isDaily });
    return { byUser, ...(byEvent && { byEvent }) };
  }

  #field(): EventField {
    return this.#fields.column("visitor");
  }

  /** Returns undefined on a day without daily visitors. */
  #dailyPlaces(day: FoldDay): DailyPlaces | undefined {
    const field = this.#field();
    const known = field.dayIds(day);
    if (known === undefined) return undefined;
    const daily = field.ids.idOfText(DAILY);
    const places = Uint8Array.from(known.ids, (id) => (id === daily ? 1 : 0));
    return places.includes(1) ? { index: known.index, places } : undefined;
  }
}

/** Divides days so that the users of a batch are numbered in a few milliseconds. */
function batchesOf(days: readonly FoldDay[]): FoldDay[][] {
  const batches: FoldDay[][] = [];
  let users = Number.POSITIVE_INFINITY;
  for (const day of days) {
    if (users > BATCH_USERS) {
      batches.push([]);
      users = 0;
    }
    batches.at(-1)?.push(day);
    users += day.events.users.length / 2;
  }
  return batches;
}
