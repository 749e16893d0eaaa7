import { DAY_MS, utcDate } from "../../event/day.ts";
import { type DayEventIds, readDayEventIds } from "../../store/reports/day-event-ids.ts";
import { type PrunedDay, readPrunedDays } from "../../store/reports/pruned-days.ts";
import type { ColumnName } from "../columns/day-events.ts";
import { selectEvents } from "../fold/select-events.ts";
import { planInSnapshot } from "../plan-in-snapshot.ts";
import type { ReportPlan, ReportQuery } from "../query/report-query.ts";
import type { Turn } from "../questions/fold-turns.ts";
import { openSiteSnapshot } from "../snapshot/open-site-snapshot.ts";
import type { SnapshotSource } from "../snapshot/snapshot-source.ts";
import { type ExportCursor, firstAfter } from "./export-cursor.ts";
import type { ExportDay, ExportFormat, ExportWriter } from "./export-day.ts";
import { EXPORT_COLUMNS } from "./export-fields.ts";
import { incompleteDay, unreadableIds } from "./export-refusals.ts";
import { orderEvents } from "./order-events.ts";

/** Of a piece. About 2 MB of NDJSON, and some milliseconds. */
const PIECE_EVENTS = 8_192;
/** Of a day, which is in memory as a whole. */
const DAY_EVENTS_MAX = 100_000_000;

export interface ExportRequest {
  /** Its range, filters and time zone count. */
  readonly query: ReportQuery;
  readonly format: ExportFormat;
  /** Goes on after this event. */
  readonly after?: ExportCursor;
}

/** An export without events has one, too. */
export interface ExportPiece {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly isLast: boolean;
}

/** What a reader has to know before the events. */
export interface ExportNotes {
  /** UTC dates whose events have no `event_id`, since raw rows were pruned. */
  readonly daysWithoutIds: readonly string[];
  /** UTC dates of which events are missing. */
  readonly incompleteDays: readonly string[];
}

/** Writes the events of a site, in order of time, one UTC day and one snapshot after another. */
export class ExportSession {
  readonly notes: ExportNotes;
  readonly #source: SnapshotSource;
  readonly #plan: ReportPlan;
  readonly #after: ExportCursor | undefined;
  readonly #writer: ExportWriter;
  readonly #lastDate: string;
  /** The next one to read. */
  #date: string;
  #day: ExportDay | undefined;
  #at = 0;

  private constructor(source: SnapshotSource, { format, after }: ExportRequest, opened: Opened) {
    this.#source = source;
    this.#plan = opened.plan;
    this.#after = after;
    this.#writer = format.open();
    this.#date = opened.from;
    this.#lastDate = opened.to;
    this.notes = {
      daysWithoutIds: opened.pruned.map(({ date }) => date),
      incompleteDays: opened.pruned.filter(({ unpacked }) => unpacked > 0).map(({ date }) => date),
    };
  }

  /** @throws InvalidFieldsError for a query that the site's settings do not allow; what the snapshot throws. */
  static async open(
    source: SnapshotSource,
    request: ExportRequest,
    turn: Turn,
  ): Promise<ExportSession> {
    const opened = Promise.withResolvers<Opened>();
    const { query, after } = request;
    const { siteId } = query;
    const snapshot = await openSiteSnapshot(source, {
      siteId,
      signal: turn.signal,
      eventsMax: DAY_EVENTS_MAX,
      pause: () => turn.pause(),
      choose: async (snapshotOpened) => {
        const { sql, firstDate = "9999-12-31", lastDate = "0001-01-01" } = snapshotOpened;
        const plan = await planInSnapshot(query, { ...snapshotOpened, pause: () => turn.pause() });
        const from = later(utcDate(plan.range.fromMs), later(firstDate, after?.date ?? ""));
        const to = earlier(utcDate(plan.range.toMs - 1), lastDate);
        opened.resolve({ plan, from, to, pruned: await readPrunedDays(sql, { siteId, from, to }) });
        return { columns: new Set(), orderMatters: false };
      },
    });
    snapshot.end();
    return new ExportSession(source, request, await opened.promise);
  }

  /** Of the day in memory. */
  get heldEvents(): number {
    return this.#day?.events.count ?? 0;
  }

  /** Returns the next bytes. Throws as `open` does. Not to be called after the last piece or an error. */
  async next(turn: Turn): Promise<ExportPiece> {
    while (this.#day === undefined && this.#date <= this.#lastDate) await this.#readNextDay(turn);
    const day = this.#day;
    if (day === undefined) return { bytes: this.#writer.end(), isLast: true };
    const to = Math.min(this.#at + PIECE_EVENTS, day.events.count);
    const bytes = this.#writer.rows({ from: this.#at, to });
    this.#at = to;
    if (to === day.events.count) this.#day = undefined;
    const isLast = this.#day === undefined && this.#date > this.#lastDate;
    return { bytes: isLast ? joined(bytes, this.#writer.end()) : bytes, isLast };
  }

  async #readNextDay(turn: Turn): Promise<void> {
    const date = this.#date;
    this.#date = utcDate(Date.parse(date) + DAY_MS);
    const day = await this.#readDay(date, turn);
    if (day === undefined) return;
    this.#at = this.#after?.date === date ? firstAfter(this.#after, day) : 0;
    if (this.#at === day.events.count) return;
    this.#writer.begin(day);
    this.#day = day;
  }

  async #readDay(date: string, turn: Turn): Promise<ExportDay | undefined> {
    const { siteId } = this.#plan;
    const read = Promise.withResolvers<DayEventIds>();
    const snapshot = await openSiteSnapshot(this.#source, {
      siteId,
      signal: turn.signal,
      eventsMax: DAY_EVENTS_MAX,
      pause: () => turn.pause(),
      choose: async ({ sql }) => {
        read.resolve(
          await readDayEventIds(sql, { siteId, date }).catch((error: unknown) => {
            throw unreadableIds(date, error);
          }),
        );
        return { columns: ALL_COLUMNS, orderMatters: true };
      },
    });
    try {
      const found = await snapshot.readDay(date);
      if (found?.isIncomplete === true && !this.notes.incompleteDays.includes(date)) {
        throw incompleteDay(date, found.events.count);
      }
      if (found === undefined || found.events.count === 0) return undefined;
      const { events } = found;
      const { count } = events;
      const { count: ids, idAt, tiedUsers } = await read.promise;
      const isIdentified = ids === count;
      const identified = isIdentified
        ? { idAt, order: orderEvents(events, { tiedUsers }) }
        : undefined;
      const isWhole = isWholeDay(this.#plan, date);
      const passes = isWhole
        ? undefined
        : await selectEvents(this.#plan, snapshot, { date, count, turn });
      return { siteId, date, events, identified, passes };
    } finally {
      snapshot.end();
    }
  }
}

function joined(bytes: Uint8Array<ArrayBuffer>, end: Uint8Array): Uint8Array<ArrayBuffer> {
  if (end.length === 0) return bytes;
  const all = new Uint8Array(bytes.length + end.length);
  all.set(bytes);
  all.set(end, bytes.length);
  return all;
}

interface Opened {
  readonly plan: ReportPlan;
  readonly from: string;
  readonly to: string;
  readonly pruned: readonly PrunedDay[];
}

/** Whether all events of a UTC day are exported. */
function isWholeDay({ filter, range }: ReportPlan, date: string): boolean {
  const dayMs = Date.parse(date);
  const isInside = range.fromMs <= dayMs && dayMs + DAY_MS <= range.toMs;
  return isInside && filter === undefined && range.gaps.length === 0;
}

const ALL_COLUMNS: ReadonlySet<ColumnName> = new Set(EXPORT_COLUMNS);

function earlier(date: string, other: string): string {
  return other < date ? other : date;
}

function later(date: string, other: string): string {
  return other > date ? other : date;
}
