import type { TextColumnName } from "../../../event/text-columns.ts";
import type { FoldDay } from "../days/fold-day.ts";
import { SPAN_EVENTS, type Span } from "../days/spans.ts";
import type { EventField } from "../fields/event-field.ts";
import type { EventFields } from "../fields/event-fields.ts";
import { GrowingInts } from "../ids/growing.ts";
import type { Pace } from "../pace.ts";
import { type Derivation, DerivedIds } from "./derived-ids.ts";
import type { VisitPass } from "./visit-pass.ts";
import type { VisitTable, VisitValue } from "./visit-table.ts";

/** The first event of a visit that has any of them gives all of them. */
const ACQUISITION_COLUMNS = [
  "referrer",
  "utm_source",
  "utm_medium",
  "utm_campaign",
  "utm_term",
  "utm_content",
] as const satisfies readonly TextColumnName[];

/** Finds where each visit came from. */
export class AcquisitionPass implements VisitPass {
  readonly #fields: EventFields;
  readonly #table: VisitTable;
  readonly #isFound = new GrowingInts();
  readonly #hasAny = new Uint8Array(SPAN_EVENTS);
  /** The first event with any, of each visit that has one in the span. */
  readonly #events = new Int32Array(SPAN_EVENTS);
  readonly #visits = new Int32Array(SPAN_EVENTS);
  readonly #kept: { field: EventField; values: GrowingInts }[] = [];
  readonly #derived: { derivation: DerivedIds; values: GrowingInts }[] = [];

  constructor(fields: EventFields, table: VisitTable) {
    this.#fields = fields;
    this.#table = table;
    for (const column of ACQUISITION_COLUMNS) fields.column(column);
  }

  /** The value of a column as the event has it. */
  value(column: (typeof ACQUISITION_COLUMNS)[number]): VisitValue {
    const field = this.#fields.column(column);
    const values = new GrowingInts();
    this.#kept.push({ field, values });
    return { ids: field.ids, values, unknownId: 0 };
  }

  /** What a function makes of the columns, and of none of them for a visit without any. */
  derivedValue(derivation: Derivation): VisitValue {
    const derived = new DerivedIds(derivation, this.#fields);
    const values = new GrowingInts();
    this.#derived.push({ derivation: derived, values });
    return { ids: derivation.ids, values, unknownId: derived.idOfNone() };
  }

  async prepare(day: FoldDay, pace: Pace): Promise<void> {
    for (const column of ACQUISITION_COLUMNS) await this.#fields.column(column).prepare(day, pace);
    for (const { derivation } of this.#derived) await derivation.prepare(day, pace);
  }

  fold(span: Span): void {
    const count = this.#find(span);
    const { day } = span;
    for (const { field, values } of this.#kept) {
      const byVisit = values.ensure(this.#table.size);
      const known = field.dayIds(day);
      if (known === undefined) continue;
      const { index, ids } = known;
      for (let at = 0; at < count; at++) {
        byVisit[this.#visits[at] ?? 0] = ids[index[this.#events[at] ?? 0] ?? 0] ?? 0;
      }
    }
    for (const { derivation, values } of this.#derived) {
      const ids = derivation.idsOf(day, this.#events, count);
      const byVisit = values.ensure(this.#table.size);
      for (let at = 0; at < count; at++) byVisit[this.#visits[at] ?? 0] = ids[at] ?? 0;
    }
  }

  /** Returns how many visits have their first event with any in the span. */
  #find(span: Span): number {
    const isFound = this.#isFound.ensure(this.#table.size);
    if (!this.#markAny(span)) return 0;
    const { day, from, to } = span;
    let count = 0;
    for (let at = from; at < to; at++) {
      const visit = day.visits[at] ?? 0;
      if (this.#hasAny[at - from] === 0 || visit < 0 || isFound[visit] === 1) continue;
      isFound[visit] = 1;
      this.#events[count] = at;
      this.#visits[count] = visit;
      count++;
    }
    return count;
  }

  /** Marks the span's events that have any of the columns. Returns whether any column has values. */
  #markAny({ day, from, to }: Span): boolean {
    const hasAny = this.#hasAny;
    hasAny.fill(0, 0, to - from);
    let found = false;
    for (const column of ACQUISITION_COLUMNS) {
      const known = this.#fields.column(column).dayIds(day);
      if (known === undefined) continue;
      found = true;
      const { index, ids } = known;
      for (let at = from; at < to; at++) {
        if ((ids[index[at] ?? 0] ?? 0) > 0) hasAny[at - from] = 1;
      }
    }
    return found;
  }
}
