import type { FoldDay } from "../days/fold-day.ts";
import type { Span } from "../days/spans.ts";
import type { EventField } from "../fields/event-field.ts";
import { GrowingInts } from "../ids/growing.ts";
import type { Pace } from "../pace.ts";
import type { VisitTable, VisitValue } from "./visit-table.ts";

/** Gathers something of the visits from their events, in order of time. */
export interface VisitPass {
  prepare(day: FoldDay, pace: Pace): Promise<void>;
  /** @param engagement the place of `engagement` among the day's event types. */
  fold(span: Span, engagement: number): void;
}

/** The page of the first or the last event other than `engagement`. */
export class PagePass implements VisitPass, VisitValue {
  readonly ids;
  readonly values = new GrowingInts();
  readonly unknownId = 0;
  readonly #paths: EventField;
  readonly #types: EventField;
  readonly #which: "entry" | "exit";
  readonly #table: VisitTable;

  constructor(
    which: "entry" | "exit",
    fields: { paths: EventField; types: EventField },
    table: VisitTable,
  ) {
    this.#which = which;
    this.#paths = fields.paths;
    this.#types = fields.types;
    this.ids = fields.paths.ids;
    this.#table = table;
  }

  async prepare(day: FoldDay, pace: Pace): Promise<void> {
    await this.#paths.prepare(day, pace);
    await this.#types.prepare(day, pace);
  }

  fold({ day, from, to }: Span, engagement: number): void {
    const values = this.values.ensure(this.#table.size);
    const paths = this.#paths.dayIds(day);
    const types = this.#types.dayIds(day)?.index;
    if (paths === undefined || types === undefined) return;
    const { index, ids } = paths;
    const { visits } = day;
    const isEntry = this.#which === "entry";
    for (let at = from; at < to; at++) {
      const visit = visits[at] ?? 0;
      if (visit < 0 || types[at] === engagement) continue;
      if (isEntry && values[visit] !== 0) continue;
      values[visit] = ids[index[at] ?? 0] ?? 0;
    }
  }
}

/** The first value that an event of the visit has. */
export class FirstKnownPass implements VisitPass, VisitValue {
  readonly ids;
  readonly values = new GrowingInts();
  readonly unknownId = 0;
  readonly #field: EventField;
  readonly #table: VisitTable;

  constructor(field: EventField, table: VisitTable) {
    this.#field = field;
    this.ids = field.ids;
    this.#table = table;
  }

  prepare(day: FoldDay, pace: Pace): Promise<void> {
    return this.#field.prepare(day, pace);
  }

  fold({ day, from, to }: Span): void {
    const values = this.values.ensure(this.#table.size);
    const known = this.#field.dayIds(day);
    if (known === undefined) return;
    const { index, ids } = known;
    const { visits } = day;
    for (let at = from; at < to; at++) {
      const visit = visits[at] ?? 0;
      if (visit >= 0 && values[visit] === 0) values[visit] = ids[index[at] ?? 0] ?? 0;
    }
  }
}
