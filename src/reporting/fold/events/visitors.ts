import { localDayAt } from "../../../event/local-day.ts";
import { UserInterner } from "../../columns/user-interner.ts";
import type { Interval } from "../../query/report-query.ts";
import type { FoldDay } from "../days/fold-day.ts";
import { firstAt } from "../days/spans.ts";
import type { EventField } from "../fields/event-field.ts";
import type { EventFields } from "../fields/event-fields.ts";
import { GrowingInts } from "../ids/growing.ts";
import type { Pace } from "../pace.ts";

/** What `visitor` says of an event whose user id changes every day. */
const DAILY = "daily";

/** A day's visitors: by event where some are daily, otherwise by the place of the user. */
interface DayVisitors {
  readonly byUser: Int32Array;
  readonly byEvent?: Int32Array;
}

/** Numbers visitors: a user is one, and a daily one is another each local date. */
export class Visitors {
  readonly #timeZone: string;
  readonly #range: Interval;
  readonly #fields: EventFields;
  readonly #users = new UserInterner();
  /** Numbers of the users in `#users`, 0 for none yet. */
  readonly #numbers = new GrowingInts();
  /** The same for two dates: near midnight, clocks that go back may return to the date before. */
  readonly #daily = [new DateNumbers(), new DateNumbers()] as const;
  readonly #dates: string[] = [];
  #next = 1;
  #day: FoldDay | undefined;
  #visitors: DayVisitors = { byUser: new Int32Array(0) };

  constructor({
    timeZone,
    range,
    fields,
  }: { timeZone: string; range: Interval; fields: EventFields }) {
    this.#timeZone = timeZone;
    this.#range = range;
    this.#fields = fields;
  }

  /** Names the columns to be read. */
  use(): this {
    this.#fields.columns.add("users");
    this.#field();
    return this;
  }

  /** On how many local dates of the range there are daily visitors. */
  get dailyDates(): number {
    return this.#dates.length;
  }

  async prepare(day: FoldDay, pace: Pace): Promise<void> {
    if (this.#day === day) return;
    this.#day = day;
    await this.#field().prepare(day, pace);
    const users = this.#users.idsOf(day.events.users);
    this.#visitors = this.#visitorsOf(day, users);
  }

  /** Writes the visitors of some of the day's events. */
  fill(day: FoldDay, events: Int32Array, count: number, visitors: Int32Array): void {
    const { byUser, byEvent } = this.#visitors;
    if (byEvent === undefined) {
      const { userIndex } = day;
      for (let at = 0; at < count; at++) {
        visitors[at] = byUser[userIndex[events[at] ?? 0] ?? 0] ?? 0;
      }
      return;
    }
    for (let at = 0; at < count; at++) visitors[at] = byEvent[events[at] ?? 0] ?? 0;
  }

  #visitorsOf(day: FoldDay, users: Uint32Array): DayVisitors {
    const numbers = this.#numbers.ensure(this.#users.count);
    const isDaily = this.#dailyPlaces(day);
    const byUser = new Int32Array(users.length);
    for (let place = 0; place < users.length; place++) {
      const user = users[place] ?? 0;
      if (numbers[user] === 0) numbers[user] = this.#next++;
      byUser[place] = numbers[user] ?? 0;
    }
    return isDaily === undefined
      ? { byUser }
      : { byUser, byEvent: this.#byEvent(day, users, { byUser, isDaily }) };
  }

  #byEvent(
    day: FoldDay,
    users: Uint32Array,
    { byUser, isDaily }: { byUser: Int32Array; isDaily: DailyPlaces },
  ): Int32Array {
    const { userIndex, startMs } = day;
    const { times, count } = day.events;
    const byEvent = new Int32Array(count);
    const until = firstAt(times, this.#range.toMs - startMs);
    let dateEndMs = Number.NEGATIVE_INFINITY;
    let numbers = this.#daily[0];
    for (let at = firstAt(times, this.#range.fromMs - startMs); at < until; at++) {
      const place = userIndex[at] ?? 0;
      if (isDaily.places[isDaily.index[at] ?? 0] === 0) {
        byEvent[at] = byUser[place] ?? 0;
        continue;
      }
      const ms = startMs + (times[at] ?? 0);
      if (ms >= dateEndMs) {
        const { date, endMs } = localDayAt(this.#timeZone, ms);
        dateEndMs = endMs;
        numbers = this.#numbersOf(date);
      }
      byEvent[at] = numbers.of(users[place] ?? 0, () => this.#next++);
    }
    return byEvent;
  }

  #numbersOf(date: string): DateNumbers {
    if (!this.#dates.includes(date)) this.#dates.push(date);
    const place = this.#dates.indexOf(date);
    const numbers = this.#daily[place % 2 === 0 ? 0 : 1];
    numbers.turnTo(place + 1, this.#users.count);
    return numbers;
  }

  #field(): EventField {
    return this.#fields.column("visitor");
  }

  #dailyPlaces(day: FoldDay): DailyPlaces | undefined {
    const field = this.#field();
    const known = field.dayIds(day);
    if (known === undefined) return undefined;
    const daily = field.ids.idOfText(DAILY);
    const places = Uint8Array.from(known.ids, (id) => (id === daily ? 1 : 0));
    return places.includes(1) ? { index: known.index, places } : undefined;
  }
}

interface DailyPlaces {
  readonly index: Int32Array;
  /** 1 where the value is `daily`. */
  readonly places: Uint8Array;
}

/** The numbers that users have on one date. */
class DateNumbers {
  #date = 0;
  readonly #dates = new GrowingInts();
  readonly #numbers = new GrowingInts();

  turnTo(date: number, users: number): void {
    this.#date = date;
    this.#dates.ensure(users);
    this.#numbers.ensure(users);
  }

  of(user: number, next: () => number): number {
    if (this.#dates.values[user] !== this.#date) {
      this.#dates.values[user] = this.#date;
      this.#numbers.values[user] = next();
    }
    return this.#numbers.values[user] ?? 0;
  }
}
