import type { SQL } from "bun";
import { unlessAborted } from "../../async/deadline.ts";
import { inPieces } from "../../async/pieces.ts";
import { QueueFlowError } from "../../errors.ts";
import { DAY_MS, utcDate } from "../../event/day.ts";
import type { ChunkColumnName } from "../../event/text-columns.ts";
import { readChunkColumns } from "../../store/reports/chunk-columns.ts";
import type { DayEvents } from "../columns/day-events.ts";
import type { MergedEvents } from "../columns/merge/merge-day-events.ts";
import type { Interval } from "../query/report-query.ts";
import { type ChosenColumns, chosenOf, chunkColumnsOf, rawColumnsOf } from "./chosen-columns.ts";
import { type DayContents, eventsOf, idsOf } from "./day-contents.ts";
import type { loadChunks } from "./load-chunks.ts";
import { loadParts } from "./load-parts.ts";
import { type LoadedDay, mergedDay } from "./merged-day.ts";
import { type RowRange, readRows } from "./read-rows.ts";
import type { SiteOpening, SiteReads } from "./site-reads.ts";
import type { SnapshotDay } from "./site-snapshot.ts";
import type { SnapshotSource } from "./snapshot-source.ts";

/** Bounds the memory of a snapshot. */
const READ_AHEAD_EVENTS = 1_000_000;
/** A `bigint` of PostgreSQL. */
const ID_MAX = 2n ** 63n - 1n;

interface SnapshotDaysOptions {
  readonly source: SnapshotSource;
  readonly reads: SiteReads;
  readonly opening: SiteOpening;
  readonly chosen: ChosenColumns;
  readonly eventsMax: number;
  readonly signal: AbortSignal;
  readonly pause: () => Promise<void> | undefined;
}

/** Reads the days of a snapshot, and checks each against its total. */
export class SnapshotDays {
  readonly #options: SnapshotDaysOptions;
  /** Days read ahead, undefined for those without events. */
  readonly #loaded = new Map<string, LoadedDay | undefined>();
  readonly #admitted = new Set<string>();
  readonly #columns: readonly ChunkColumnName[];
  #events = 0;

  constructor(options: SnapshotDaysOptions) {
    this.#options = options;
    this.#columns = chunkColumnsOf(options.chosen);
  }

  async prefetch(from: string, to: string): Promise<void> {
    const { source, reads, signal, pause } = this.#options;
    const { siteId } = reads;
    const { within } = this.#options.chosen;
    const days = await unlessAborted(reads.contentsOf(from, to), signal);
    for (const day of days) this.#admit(day);
    const ahead = firstDays(days);
    const readColumns: Parameters<typeof loadChunks>[0]["read"] = async (query) =>
      await reads.read(async (sql) => await readChunkColumns(sql, query), signal);
    const [chunks, tail] = await Promise.all([
      loadParts(
        { ...source, siteId, read: readColumns, pause },
        { parts: ahead.flatMap(({ parts }) => parts), columns: this.#columns, within },
      ),
      this.#readTail(ahead),
    ]);
    const lastDate = ahead.length < days.length ? (ahead.at(-1)?.date ?? from) : to;
    for (let date = from; date <= lastDate; date = dateAfter(date))
      this.#loaded.set(date, undefined);
    let at = 0;
    for (const contents of ahead) {
      const own = chunks.slice(at, at + contents.parts.length);
      at += own.length;
      this.#loaded.set(contents.date, { contents, chunks: own, tail: tail.get(contents.date) });
    }
  }

  async readDay(date: string): Promise<SnapshotDay | undefined> {
    if (!this.#loaded.has(date)) await this.prefetch(date, date);
    const day = this.#loaded.get(date);
    this.#loaded.delete(date);
    return day && (await this.#checked(day));
  }

  async #checked(day: LoadedDay): Promise<SnapshotDay> {
    const { date, totalViews, unpacked } = day.contents;
    const { within } = this.#options.chosen;
    const damage = damageOf(day, this.#columns);
    if (damage === undefined) {
      const { events, hasTies } = await this.#merged(day);
      const counted = within === undefined ? events.count : eventsOf(day.contents);
      const isWhole = counted === totalViews;
      if (isWhole || counted + unpacked === totalViews) {
        const inOrder = hasTies ? await this.#inOrder(day.contents, events) : events;
        return { date, events: inOrder, isIncomplete: !isWhole };
      }
    }
    this.#options.source.counts.countMismatches += 1;
    const rows = await this.#readWholeDay(day.contents);
    if (rows?.count === totalViews) return { date, events: rows, isIncomplete: false };
    if (damage !== undefined) throw damage;
    if (within !== undefined && rows !== undefined)
      return { date, events: rows, isIncomplete: true };
    const { events } = await this.#merged(day);
    const isNearer = rows !== undefined && rows.count > events.count && rows.count < totalViews;
    return { date, events: isNearer ? rows : events, isIncomplete: true };
  }

  async #merged(day: LoadedDay): Promise<MergedEvents> {
    const { chosen, pause } = this.#options;
    return await inPieces(mergedDay(day, { columns: this.#columns, within: chosen.within }), pause);
  }

  /** Reads the day's raw rows: those within the ids of its chunks, and of all of the site only if some are missing there. */
  async #readWholeDay(contents: DayContents): Promise<DayEvents | undefined> {
    const ids = idsOf(contents);
    if (ids !== undefined) {
      const range = { firstId: ids.first, lastId: ids.last };
      const rows = await this.#readDayRows(contents, range);
      if (rows?.count === contents.totalViews) return rows;
    }
    return await this.#readDayRows(contents, { firstId: 0n, lastId: ID_MAX });
  }

  /** Chunks have no `event_id`. Once rows are pruned, the order of the parts stays. */
  async #inOrder(contents: DayContents, events: DayEvents): Promise<DayEvents> {
    const ids = idsOf(contents);
    if (!this.#options.chosen.orderMatters || ids === undefined) return events;
    const range = { firstId: ids.first, lastId: ids.last };
    const rows = await this.#readDayRows(contents, range, this.#options.chosen.within);
    return rows?.count === events.count ? rows : events;
  }

  #admit(day: DayContents): void {
    if (this.#admitted.has(day.date)) return;
    this.#admitted.add(day.date);
    this.#events += eventsOf(day);
    const { eventsMax } = this.#options;
    if (this.#events <= eventsMax) return;
    const problem = `The question reads more than ${eventsMax} events`;
    throw new QueueFlowError("query_too_large", `${problem}: ask for a shorter date_range`);
  }

  async #readTail(days: readonly DayContents[]): Promise<ReadonlyMap<string, DayEvents>> {
    const withTail = days.filter(({ tail }) => tail !== undefined);
    const [first] = withTail;
    const last = withTail.at(-1);
    if (first === undefined || last === undefined) return new Map();
    const ids = withTail.flatMap(({ tail }) =>
      tail ? [BigInt(tail.firstId), BigInt(tail.lastId)] : [],
    );
    const range = {
      from: first.date,
      to: last.date,
      firstId: ids.reduce((a, b) => (a < b ? a : b)),
      lastId: ids.reduce((a, b) => (a > b ? a : b)),
    };
    const { chosen, reads, signal } = this.#options;
    if (chosen.within !== undefined) return await this.#readRows(range, chosen.within);
    const rows = await unlessAborted(reads.tailOf(range, rawColumnsOf(chosen)), signal);
    return new Map([...rows].map(([date, day]) => [date, chosenOf(day, chosen)]));
  }

  async #readDayRows(
    { date }: DayContents,
    ...[ids, within]: [ids: Pick<RowRange, "firstId" | "lastId">, within?: Interval]
  ): Promise<DayEvents | undefined> {
    return (await this.#readRows({ from: date, to: date, ...ids }, within)).get(date);
  }

  async #readRows(range: RowRange, within?: Interval): Promise<ReadonlyMap<string, DayEvents>> {
    const { chosen, reads, opening, signal, pause } = this.#options;
    const source = {
      siteId: reads.siteId,
      read: async <Result>(work: (sql: SQL) => Promise<Result>) => await reads.read(work, signal),
      columns: rawColumnsOf(chosen),
      secret: opening.secret,
      pause,
      within,
    };
    const days = await readRows(source, range);
    return new Map([...days].map(([date, day]) => [date, chosenOf(day, chosen)]));
  }
}

function damageOf(
  { chunks }: LoadedDay,
  columns: readonly ChunkColumnName[],
): QueueFlowError | undefined {
  for (const { damaged } of chunks) {
    for (const name of columns) if (damaged.has(name)) return damaged.get(name);
  }
  return undefined;
}

/** Returns the first days that `READ_AHEAD_EVENTS` allows, at least one. */
function firstDays(days: readonly DayContents[]): readonly DayContents[] {
  let events = 0;
  const end = days.findIndex((day, i) => {
    events += eventsOf(day);
    return i > 0 && events > READ_AHEAD_EVENTS;
  });
  return end < 0 ? days : days.slice(0, end);
}

function dateAfter(date: string): string {
  return utcDate(Date.parse(date) + DAY_MS);
}
