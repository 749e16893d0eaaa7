import { DAY_MS, utcDate } from "../../event/day.ts";
import { DayReader } from "./days/day-reader.ts";
import type { FoldDay } from "./days/fold-day.ts";
import { firstAt, SPAN_EVENTS, spansOf } from "./days/spans.ts";
import { Selection } from "./events/selection.ts";
import { type Pace, paused } from "./pace.ts";
import type { RangeSums } from "./range-sums.ts";
import { lookBack } from "./visits/look-back.ts";
import { VisitWalker } from "./visits/visit-walker.ts";

/** A day whose visits are found. */
interface WalkedDay {
  readonly day: FoldDay;
  /** The numbers of the visits that begin on it; the second is exclusive. */
  readonly visits: readonly [from: number, to: number];
}

/** Folds the days of a range, and those around it as far as its visits reach. */
export class RangeFold {
  readonly incompleteDays: string[] = [];
  readonly #sums: RangeSums;
  readonly #reader: DayReader;
  readonly #pace: Pace;
  readonly #walker: VisitWalker;
  readonly #selection = new Selection();
  readonly #rows = new Int32Array(SPAN_EVENTS);
  /** Days that have visits which may go on. */
  readonly #waiting: WalkedDay[] = [];

  constructor(sums: RangeSums, reader: DayReader, pace: Pace) {
    this.#sums = sums;
    this.#reader = reader;
    this.#pace = pace;
    const { table, values, timeRows, fields } = sums;
    const types = fields.column("event_type");
    this.#walker = new VisitWalker({ table, values, types, timeRows });
  }

  async run(): Promise<void> {
    const { fromMs, toMs } = this.#sums.range;
    if (fromMs < toMs) {
      const from = utcDate(fromMs);
      const to = utcDate(toMs - 1);
      if (this.#sums.areVisitsRead) await this.#foldWithVisits(from, to);
      else for await (const day of this.#range(from, to)) await this.#foldEvents(day);
    }
    await this.#sums.finish(this.#pace);
  }

  async #foldWithVisits(from: string, to: string): Promise<void> {
    const { table, areEndsRead } = this.#sums;
    await this.#walkBefore(from);
    const walk = { beginsBeforeMs: this.#sums.range.toMs };
    for await (const day of this.#range(from, to)) {
      const first = table.size;
      await this.#walker.walk(day, walk, this.#pace);
      this.#waiting.push({ day, visits: [first, table.size] });
      await this.#foldEnded();
    }
    this.#walker.keep((visit) => this.#isNeeded(visit));
    if (areEndsRead && this.#walker.open.length > 0) {
      for await (const day of this.#reader.forward(dateAfter(to))) {
        await this.#walker.walk(day, walk, this.#pace);
        this.#waiting.push({ day, visits: [table.size, table.size] });
        await this.#foldEnded();
        if (this.#walker.open.length === 0) break;
      }
    }
    for (const walked of this.#waiting) await this.#fold(walked);
  }

  /** Walks the visits that reach into the range from days before it. */
  async #walkBefore(from: string): Promise<void> {
    const { range, fields, areWholeVisitsRead } = this.#sums;
    const day = await this.#reader.read(from);
    if (day === undefined) return;
    const search = {
      reader: this.#reader,
      day,
      fromMs: range.fromMs,
      types: fields.column("event_type"),
      isStartEnough: !areWholeVisitsRead,
    };
    const { date, users } = await lookBack(search, this.#pace);
    if (date === from) return;
    const walk = { beginsBeforeMs: range.fromMs, followed: users };
    for await (const days of this.#reader.range(date, dateBefore(from))) {
      for (const before of days) await this.#walker.walk(before, walk, this.#pace);
    }
  }

  async *#range(from: string, to: string): AsyncGenerator<FoldDay> {
    for await (const days of this.#reader.range(from, to)) {
      await this.#sums.visitors.prepareUsers(days, this.#pace);
      for (const day of days) {
        if (day.isIncomplete) this.incompleteDays.push(day.date);
        yield day;
      }
    }
  }

  /** Folds the days whose visits have all ended. */
  async #foldEnded(): Promise<void> {
    let openSinceMs = Number.POSITIVE_INFINITY;
    if (this.#sums.areEndsRead) {
      for (const { visit, sinceMs } of this.#walker.open) {
        if (sinceMs < openSinceMs && this.#isNeeded(visit)) openSinceMs = sinceMs;
      }
    }
    while ((this.#waiting[0]?.day.startMs ?? openSinceMs) < openSinceMs) {
      const walked = this.#waiting.shift();
      if (walked !== undefined) await this.#fold(walked);
    }
  }

  /** Whether an open visit matters to the end. */
  #isNeeded(visit: number): boolean {
    const { areLaterEventsRead, table } = this.#sums;
    return areLaterEventsRead || (table.rows.values[visit] ?? -1) >= 0;
  }

  async #fold({ day, visits }: WalkedDay): Promise<void> {
    await this.#foldEvents(day);
    await this.#sums.visits?.compact(this.#pace);
    for (const stream of this.#sums.visits?.streams ?? []) {
      await stream.prepare(day, this.#pace);
      if (!stream.needsEvents) {
        await stream.foldVisits(day, visits, { selection: this.#selection, pace: this.#pace });
        continue;
      }
      for (const span of spansOf(day)) {
        stream.foldEvents(span, this.#selection);
        await paused(this.#pace);
      }
    }
  }

  async #foldEvents(day: FoldDay): Promise<void> {
    const streams = this.#sums.events?.streams ?? [];
    for (const stream of streams) await stream.prepare(day, this.#pace);
    const { times } = day.events;
    const { fromMs, toMs } = this.#sums.range;
    const from = firstAt(times, fromMs - day.startMs);
    const to = firstAt(times, toMs - day.startMs);
    for (const span of spansOf(day, from, to)) {
      this.#sums.timeRows.fill(span, this.#rows);
      for (const stream of streams) stream.fold(span, this.#rows, this.#selection);
      await paused(this.#pace);
    }
  }
}

function dateAfter(date: string): string {
  return utcDate(Date.parse(date) + DAY_MS);
}

function dateBefore(date: string): string {
  return utcDate(Date.parse(date) - DAY_MS);
}
