import { DAY_MS } from "../../../event/day.ts";
import type { FoldDay } from "../days/fold-day.ts";
import { firstAt, SPAN_EVENTS, spansOf } from "../days/spans.ts";
import type { TimeRows } from "../days/time-rows.ts";
import type { EventField } from "../fields/event-field.ts";
import { type Pace, paused } from "../pace.ts";
import { engagementPlace } from "./engagement.ts";
import { UserList } from "./user-set.ts";
import type { VisitTable } from "./visit-table.ts";
import type { VisitValues } from "./visit-values.ts";
import { type DayUsers, VISIT_GAP_MS, walkVisits } from "./walk-visits.ts";

/** A visit that may go on the next day. */
export interface OpenVisit {
  readonly visit: number;
  /** Milliseconds since the day began. */
  readonly lastMs: number;
  /** When the first day with an event of the visit began. */
  readonly sinceMs: number;
}

interface Walk {
  /** No visit begins at this instant or later. */
  readonly beginsBeforeMs: number;
  /** Users whose visits may begin. Undefined means all. */
  readonly followed?: UserList<number>;
}

/** Finds the visits of one day after the other. */
export class VisitWalker {
  readonly #table: VisitTable;
  readonly #values: VisitValues;
  readonly #types: EventField;
  readonly #timeRows: TimeRows;
  readonly #rows = new Int32Array(SPAN_EVENTS);
  #open = new UserList<OpenVisit>();
  #endMs = 0;

  constructor(parts: {
    table: VisitTable;
    values: VisitValues;
    types: EventField;
    timeRows: TimeRows;
  }) {
    this.#table = parts.table;
    this.#values = parts.values;
    this.#types = parts.types;
    this.#timeRows = parts.timeRows;
  }

  /** Those of the last day that may go on after it. */
  get open(): readonly OpenVisit[] {
    return this.#open.values;
  }

  /** Forgets open visits that nobody needs to the end. */
  keep(isNeeded: (visit: number) => boolean): void {
    this.#open = this.#open.where(({ visit }) => isNeeded(visit));
  }

  /** Fills `day.visits`. */
  async walk(day: FoldDay, walk: Walk, pace: Pace): Promise<void> {
    await this.#types.prepare(day, pace);
    for (const pass of this.#values.passes) await pass.prepare(day, pace);
    day.visits = new Int32Array(day.events.count);
    const since = new Float64Array(day.events.users.length / 2).fill(day.startMs);
    const users = this.#usersOf(day, walk, since);
    for (const span of spansOf(day)) {
      this.#timeRows.fill(span, this.#rows);
      walkVisits(span, users, this.#table, this.#rows);
      for (const pass of this.#values.passes) pass.fold(span, users.engagement);
      await paused(pace);
    }
    this.#open = openAfter(day, users, since);
    this.#endMs = day.endMs;
  }

  #usersOf(day: FoldDay, { beginsBeforeMs, followed }: Walk, since: Float64Array): DayUsers {
    const { users, times } = day.events;
    const visits = new Int32Array(users.length / 2).fill(-1);
    const lastMs = new Int32Array(users.length / 2);
    const isNextDay = this.#endMs === day.startMs;
    if (isNextDay) {
      this.#open.eachIn(users, (place, open) => {
        visits[place] = open.visit;
        lastMs[place] = open.lastMs - DAY_MS;
        since[place] = open.sinceMs;
      });
    }
    return {
      visits,
      lastMs,
      ...(followed && { followed: flagsOf(users, followed) }),
      beginsBefore: firstAt(times, beginsBeforeMs - day.startMs),
      engagement: engagementPlace(this.#types, day),
      types: this.#types.dayIds(day)?.index ?? new Uint32Array(day.events.count),
    };
  }
}

function flagsOf(users: Uint32Array, followed: UserList<number>): Uint8Array {
  const flags = new Uint8Array(users.length / 2);
  followed.eachIn(users, (place) => {
    flags[place] = 1;
  });
  return flags;
}

function openAfter(
  day: FoldDay,
  { visits, lastMs }: DayUsers,
  since: Float64Array,
): UserList<OpenVisit> {
  const open = new UserList<OpenVisit>();
  for (let place = 0; place < visits.length; place++) {
    const visit = visits[place] ?? -1;
    const last = lastMs[place] ?? 0;
    // The next day's first instant is the earliest that can follow.
    if (visit < 0 || DAY_MS - last > VISIT_GAP_MS) continue;
    open.add(day.events.users, place, {
      visit,
      lastMs: last,
      sinceMs: since[place] ?? day.startMs,
    });
  }
  return open;
}
