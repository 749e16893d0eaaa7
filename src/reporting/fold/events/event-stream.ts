import type { FoldDay } from "../days/fold-day.ts";
import { SPAN_EVENTS, type Span } from "../days/spans.ts";
import type { EventMask } from "../filters/event-mask.ts";
import type { EventMetric } from "../metrics/event-metric.ts";
import type { Pace } from "../pace.ts";
import type { KeySource, RowKeys } from "../rows/row-keys.ts";
import type { Selection } from "./selection.ts";

interface StreamParts {
  /** Undefined lets all events pass. */
  readonly mask: EventMask | undefined;
  readonly keys: RowKeys;
  readonly sources: readonly KeySource[];
  readonly metrics: readonly EventMetric[];
}

/** The events that pass a filter, counted by row. */
export class EventStream {
  readonly #parts: StreamParts;
  readonly #passes = new Uint8Array(SPAN_EVENTS);

  constructor(parts: StreamParts) {
    this.#parts = parts;
  }

  async prepare(day: FoldDay, pace: Pace): Promise<void> {
    const { mask, sources, metrics } = this.#parts;
    await mask?.prepare(day, pace);
    for (const source of sources) {
      if (source.kind === "event") await source.field.prepare(day, pace);
    }
    for (const metric of metrics) await metric.prepare(day, pace);
  }

  /** @param rows of time of the span's events, -1 for those that do not count. */
  fold(span: Span, rows: Int32Array, selection: Selection): void {
    const { mask, keys, sources, metrics } = this.#parts;
    mask?.fill(span, this.#passes);
    select(span, rows, mask && this.#passes, selection);
    if (selection.count === 0) return;
    keys.fill(selection, sources, span.day);
    for (const metric of metrics) metric.add(selection, span.day, keys.size);
  }
}

function select(
  { day, from, to }: Span,
  rows: Int32Array,
  passes: Uint8Array | undefined,
  selection: Selection,
): void {
  const { events, visits, rows: selectedRows } = selection;
  const hasVisits = day.visits.length > 0;
  let count = 0;
  for (let at = from; at < to; at++) {
    const row = rows[at - from] ?? -1;
    if (row < 0 || (passes !== undefined && passes[at - from] === 0)) continue;
    events[count] = at;
    selectedRows[count] = row;
    if (hasVisits) visits[count] = day.visits[at] ?? 0;
    count++;
  }
  selection.count = count;
}
