import { localDayAt } from "../../../event/local-day.ts";
import type { TimeRange } from "../../query/report-query.ts";
import type { FoldDay } from "../days/fold-day.ts";
import { firstAt } from "../days/spans.ts";
import { GrowingInts } from "../ids/growing.ts";

/** Which events are those of daily visitors. */
export interface DailyPlaces {
  readonly index: Uint32Array;
  /** 1 where the value is `daily`. */
  readonly places: Uint8Array;
}

interface DayUsers {
  readonly users: Int32Array;
  readonly byUser: Int32Array;
  readonly isDaily: DailyPlaces;
}

/** Numbers daily visitors, one a user and local date, beside the other visitors. */
export class DailyVisitors {
  readonly #timeZone: string;
  readonly #range: TimeRange;
  #next: number;
  /** Users below it have their own number. */
  readonly #usersBefore: number;
  /** Numbers plus 1 of the other users, 0 for none yet. */
  readonly #numbers = new GrowingInts();
  readonly #dates: string[] = [];
  /** By number: the place of the date plus 1, 0 for a visitor that is not daily. */
  readonly #dateOf = new GrowingInts();
  /** Of two dates: near midnight, clocks that go back may return to the date before. */
  readonly #ofDate = [new DateNumbers(), new DateNumbers()] as const;

  /** @param users numbers below it are taken. */
  constructor(timeZone: string, range: TimeRange, users: number) {
    this.#timeZone = timeZone;
    this.#range = range;
    this.#next = users;
    this.#usersBefore = users;
  }

  /** Adds the dates of daily visitors, until there are two. */
  noteDates(visitors: Int32Array, count: number, dates: Set<number>): void {
    const { values } = this.#dateOf;
    for (let at = 0; at < count && dates.size < 2; at++) {
      const date = values[visitors[at] ?? 0] ?? 0;
      if (date > 0) dates.add(date);
    }
  }

  /** Returns the visitors that the users are without being daily. */
  numbersOf(users: Int32Array): Int32Array {
    return users.map((user) => {
      if (user < this.#usersBefore) return user;
      const numbers = this.#numbers.ensure(user + 1);
      if (numbers[user] === 0) numbers[user] = ++this.#next;
      return (numbers[user] ?? 0) - 1;
    });
  }

  /** Returns the visitor of each event of the day that is in the range. */
  byEvent(day: FoldDay, { users, byUser, isDaily }: DayUsers): Int32Array {
    const { startMs } = day;
    const { times, count, userIndex } = day.events;
    const byEvent = new Int32Array(count);
    const until = firstAt(times, this.#range.toMs - startMs);
    let dateEndMs = Number.NEGATIVE_INFINITY;
    let [numbers] = this.#ofDate;
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
      byEvent[at] = numbers.of(users[place] ?? 0, this.#newNumber);
    }
    return byEvent;
  }

  readonly #newNumber = (date: number): number => {
    const number = this.#next++;
    this.#dateOf.ensure(number + 1)[number] = date;
    return number;
  };

  #numbersOf(date: string): DateNumbers {
    if (!this.#dates.includes(date)) this.#dates.push(date);
    const place = this.#dates.indexOf(date);
    const numbers = this.#ofDate[place % 2 === 0 ? 0 : 1];
    numbers.turnTo(place + 1);
    return numbers;
  }
}

/** The numbers that users have on one date. */
class DateNumbers {
  #date = 0;
  readonly #dates = new GrowingInts();
  readonly #numbers = new GrowingInts();

  turnTo(date: number): void {
    this.#date = date;
  }

  of(user: number, newNumber: (date: number) => number): number {
    const dates = this.#dates.ensure(user + 1);
    const numbers = this.#numbers.ensure(user + 1);
    if (dates[user] !== this.#date) {
      dates[user] = this.#date;
      numbers[user] = newNumber(this.#date);
    }
    return numbers[user] ?? 0;
  }
}
