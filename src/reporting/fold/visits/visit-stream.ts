import type { FoldDay } from "../days/fold-day.ts";
import { SPAN_EVENTS, type Span } from "../days/spans.ts";
import type { Selection } from "../events/selection.ts";
import type { EventMask } from "../filters/event-mask.ts";
import { GrowingInts } from "../ids/growing.ts";
import { type Pace, paused } from "../pace.ts";
import type { KeySource, RowKeys } from "../rows/row-keys.ts";
import type { VisitTable } from "./visit-table.ts";

interface StreamParts {
  /** Undefined lets all events pass. */
  readonly mask: EventMask | undefined;
  readonly keys: RowKeys;
  readonly sources: readonly KeySource[];
  readonly table: VisitTable;
  /** Whether a visit counts in the row of each of its events. Otherwise it counts once. */
  readonly isByEvent: boolean;
  /** Takes visits with their rows: by event, a visit may come several times for one row. */
  readonly add: (selection: Selection, keys: RowKeys) => void;
}

/** The visits that begin in the range and have an event that passes a filter. All of their values must be known. */
export class VisitStream {
  readonly #parts: StreamParts;
  readonly #passes = new Uint8Array(SPAN_EVENTS);
  readonly #isCounted = new GrowingInts();

  constructor(parts: StreamParts) {
    this.#parts = parts;
  }

  /** Whether the events have to be looked at again, after the visits' values are known. */
  get needsEvents(): boolean {
    return this.#parts.isByEvent || this.#parts.mask !== undefined;
  }

  async prepare(day: FoldDay, pace: Pace): Promise<void> {
    await this.#parts.mask?.prepare(day, pace);
    for (const source of this.#parts.sources) {
      if (source.kind === "event") await source.field.prepare(day, pace);
    }
  }

  foldEvents(span: Span, selection: Selection): void {
    this.#parts.mask?.fill(span, this.#passes);
    this.#select(span, selection);
    this.#count(selection, span.day);
  }

  /** Counts visits by their numbers. Only if events are not needed. */
  async foldVisits(
    day: FoldDay,
    [from, to]: readonly [number, number],
    { selection, pace }: { selection: Selection; pace: Pace },
  ): Promise<void> {
    const rowOf = this.#parts.table.rows.values;
    for (let start = from; start < to; start += SPAN_EVENTS) {
      selection.count = 0;
      const end = Math.min(start + SPAN_EVENTS, to);
      for (let visit = start; visit < end; visit++) put(selection, visit, rowOf[visit] ?? -1);
      this.#count(selection, day);
      await paused(pace);
    }
  }

  #select({ day, from, to }: Span, selection: Selection): void {
    const { mask, table, isByEvent } = this.#parts;
    const rowOf = table.rows.values;
    const isCounted = this.#isCounted.ensure(table.size);
    selection.count = 0;
    for (let at = from; at < to; at++) {
      const visit = day.visits[at] ?? 0;
      if (visit < 0 || (mask !== undefined && this.#passes[at - from] === 0)) continue;
      if (!isByEvent) {
        if (isCounted[visit] === 1) continue;
        isCounted[visit] = 1;
      }
      selection.events[selection.count] = at;
      put(selection, visit, rowOf[visit] ?? -1);
    }
  }

  #count(selection: Selection, day: FoldDay): void {
    if (selection.count === 0) return;
    const { keys, sources, add } = this.#parts;
    keys.fill(selection, sources, day);
    add(selection, keys);
  }
}

/** Selects a visit unless it began outside of the range. */
function put(selection: Selection, visit: number, row: number): void {
  if (row < 0) return;
  selection.visits[selection.count] = visit;
  selection.rows[selection.count] = row;
  selection.count++;
}
