import type { FoldDay } from "../days/fold-day.ts";
import { SPAN_EVENTS, type Span } from "../days/spans.ts";
import type { EventMask } from "../filters/event-mask.ts";
import { GrowingInts } from "../ids/growing.ts";
import type { Pace } from "../pace.ts";
import type { VisitPass } from "./visit-pass.ts";
import type { VisitTable } from "./visit-table.ts";

/** Marks the visits that have an event which passes a mask, with 1. */
export class MarkPass implements VisitPass {
  readonly marks = new GrowingInts();
  readonly #mask: EventMask;
  readonly #table: VisitTable;
  readonly #passes = new Uint8Array(SPAN_EVENTS);

  constructor(mask: EventMask, table: VisitTable) {
    this.#mask = mask;
    this.#table = table;
  }

  prepare(day: FoldDay, pace: Pace): Promise<void> {
    return this.#mask.prepare(day, pace);
  }

  fold(span: Span): void {
    const marks = this.marks.ensure(this.#table.size);
    this.#mask.fill(span, this.#passes);
    const { day, from, to } = span;
    for (let at = from; at < to; at++) {
      const visit = day.visits[at] ?? 0;
      if (visit >= 0 && this.#passes[at - from] === 1) marks[visit] = 1;
    }
  }
}
