import { DAY_MS, utcDate } from "../../../event/day.ts";
import type { SiteSnapshot } from "../../snapshot/site-snapshot.ts";
import { FoldDay } from "./fold-day.ts";

/** Days that are read at once, and in the first read. */
const WINDOW_DAYS = 64;
const FIRST_WINDOW_DAYS = 31;
/** Events that are in memory at once, unless a day has more. */
const WINDOW_EVENTS = 1_000_000;

/** Reads a site's days in order. */
export class DayReader {
  readonly #snapshot: SiteSnapshot;
  /** The two days read last, which the search for the start of visits and the fold share. */
  readonly #recent = new Map<string, FoldDay | undefined>();

  constructor(snapshot: SiteSnapshot) {
    this.#snapshot = snapshot;
  }

  /** The days of a range, both included, some at once. The next ones are read while the caller works. */
  async *range(from: string, to: string): AsyncGenerator<readonly FoldDay[]> {
    const end = earlier(to, this.#snapshot.lastDate);
    let start = later(from, this.#snapshot.firstDate);
    const isEmpty = this.#snapshot.firstDate === undefined || start > end;
    let reading = isEmpty ? undefined : this.#prefetch(start, end, FIRST_WINDOW_DAYS);
    while (reading !== undefined) {
      const { last, read } = reading;
      await read;
      const days = await this.#days(start, last);
      start = dateAfter(isFull(days) ? (days.at(-1)?.date ?? last) : last, 1);
      reading = start <= end ? this.#prefetch(start, end, windowAfter(days)) : undefined;
      yield days;
    }
  }

  /** The days from one on, as long as the caller wants more. Ends at a day without events. */
  async *forward(from: string): AsyncGenerator<FoldDay> {
    const { lastDate = "" } = this.#snapshot;
    let days = 1;
    let start = from;
    while (start <= lastDate) {
      const last = earlier(dateAfter(start, days - 1), lastDate);
      await this.#snapshot.prefetch(start, last);
      for (; start <= last; start = dateAfter(start, 1)) {
        const day = await this.read(start);
        if (day === undefined) return;
        yield day;
      }
      days = Math.min(2 * days, WINDOW_DAYS);
    }
  }

  /** The days from one back, as long as the caller wants more. Ends at a day without events. */
  async *backward(from: string): AsyncGenerator<FoldDay> {
    const { firstDate = "9999" } = this.#snapshot;
    let days = 1;
    let end = from;
    while (end >= firstDate) {
      const first = later(dateAfter(end, 1 - days), firstDate);
      await this.#snapshot.prefetch(first, end);
      for (; end >= first; end = dateAfter(end, -1)) {
        const day = await this.read(end);
        if (day === undefined) return;
        yield day;
      }
      days = Math.min(2 * days, WINDOW_DAYS);
    }
  }

  /** Returns undefined for a day without events. */
  async read(date: string): Promise<FoldDay | undefined> {
    if (this.#recent.has(date)) return this.#recent.get(date);
    const read = await this.#snapshot.readDay(date);
    const day = read === undefined ? undefined : new FoldDay(read);
    this.#recent.set(date, day);
    const [oldest] = this.#recent.keys();
    if (this.#recent.size > 2 && oldest !== undefined) this.#recent.delete(oldest);
    return day;
  }

  /** Stops early at as many events as may be in memory. */
  async #days(from: string, to: string): Promise<FoldDay[]> {
    const days: FoldDay[] = [];
    for (let date = from; date <= to && !isFull(days); date = dateAfter(date, 1)) {
      const day = await this.read(date);
      if (day !== undefined) days.push(day);
    }
    return days;
  }

  #prefetch(start: string, end: string, days: number): { last: string; read: Promise<void> } {
    const last = earlier(dateAfter(start, days - 1), end);
    const read = this.#snapshot.prefetch(start, last);
    // Awaited once the days before have been folded.
    read.catch(() => undefined);
    return { last, read };
  }
}

function isFull(days: readonly FoldDay[]): boolean {
  return days.reduce((total, { events }) => total + events.count, 0) >= WINDOW_EVENTS;
}

/** Returns how many days to read at once after these, so that they hold about as many events as a window should. */
function windowAfter(days: readonly FoldDay[]): number {
  const most = Math.max(1, ...days.map(({ events }) => events.count));
  return Math.min(Math.ceil(WINDOW_EVENTS / most), WINDOW_DAYS);
}

function dateAfter(date: string, days: number): string {
  return utcDate(Date.parse(date) + days * DAY_MS);
}

function earlier(date: string, other = date): string {
  return other < date ? other : date;
}

function later(date: string, other = date): string {
  return other > date ? other : date;
}
