import type { FoldDay } from "../days/fold-day.ts";
import { SPAN_EVENTS, type Span } from "../days/spans.ts";
import type { EventField } from "../fields/event-field.ts";
import type { GrowingInts } from "../ids/growing.ts";
import type { Pace } from "../pace.ts";
import type { VisitValue } from "../visits/visit-table.ts";
import type { Verdicts } from "./verdicts.ts";

/** Tells which events pass a filter, a span at a time. */
export interface EventMask {
  /** Reads what the day needs. Call it before `fill`. */
  prepare(day: FoldDay, pace: Pace): Promise<void>;
  /** Writes 1 for each event of the span that passes, else 0. */
  fill(span: Span, passes: Uint8Array): void;
}

/** Looks at the event's own value. */
export function eventMatch(field: EventField, verdicts: Verdicts): EventMask {
  let verdictOf = new Uint8Array(1);
  let index: Uint32Array | undefined;
  return {
    prepare: async (day, pace) => {
      await field.prepare(day, pace);
      await verdicts.prepare(field.ids, pace);
      const known = field.dayIds(day);
      index = known?.index;
      verdictOf = verdictsOf(known?.ids ?? new Int32Array(1), verdicts.table);
    },
    fill: ({ from, to }, passes) => {
      if (index === undefined) passes.fill(verdictOf[0] ?? 0, 0, to - from);
      else fillByPlace(index, verdictOf, { from, to, passes });
    },
  };
}

/** Looks at the value of the event's visit. */
export function visitMatch(value: VisitValue, verdicts: Verdicts): EventMask {
  return {
    prepare: (_, pace) => verdicts.prepare(value.ids, pace),
    fill: ({ day, from, to }, passes) => {
      const { table } = verdicts;
      const { values } = value.values;
      const unknown = table[value.unknownId] ?? 0;
      for (let at = from; at < to; at++) {
        const visit = day.visits[at] ?? 0;
        const id = visit < 0 ? 0 : (values[visit] ?? 0);
        passes[at - from] = id === 0 && visit >= 0 ? unknown : (table[id] ?? 0);
      }
    },
  };
}

/** Whether the event is in one of the marked visits. */
export function visitMark(marks: GrowingInts): EventMask {
  return {
    prepare: () => Promise.resolve(),
    fill: ({ day, from, to }, passes) => {
      const { values } = marks;
      for (let at = from; at < to; at++) {
        const visit = day.visits[at] ?? 0;
        passes[at - from] = visit < 0 ? 0 : (values[visit] ?? 0);
      }
    },
  };
}

export function notMask(mask: EventMask): EventMask {
  return {
    prepare: (day, pace) => mask.prepare(day, pace),
    fill: (span, passes) => {
      mask.fill(span, passes);
      const count = span.to - span.from;
      for (let at = 0; at < count; at++) passes[at] = (passes[at] ?? 0) ^ 1;
    },
  };
}

export function everyMask(masks: readonly EventMask[]): EventMask {
  return joined(masks, 1, (passes, others, count) => {
    for (let at = 0; at < count; at++) passes[at] = (passes[at] ?? 0) & (others[at] ?? 0);
  });
}

export function anyMask(masks: readonly EventMask[]): EventMask {
  return joined(masks, 0, (passes, others, count) => {
    for (let at = 0; at < count; at++) passes[at] = (passes[at] ?? 0) | (others[at] ?? 0);
  });
}

function joined(
  masks: readonly EventMask[],
  ofNone: 0 | 1,
  join: (passes: Uint8Array, others: Uint8Array, count: number) => void,
): EventMask {
  const others = new Uint8Array(SPAN_EVENTS);
  const [first, ...rest] = masks;
  return {
    prepare: async (day, pace) => {
      for (const mask of masks) await mask.prepare(day, pace);
    },
    fill: (span, passes) => {
      const count = span.to - span.from;
      if (first === undefined) passes.fill(ofNone, 0, count);
      else first.fill(span, passes);
      for (const mask of rest) {
        mask.fill(span, others);
        join(passes, others, count);
      }
    },
  };
}

function verdictsOf(ids: Int32Array, table: Uint8Array): Uint8Array<ArrayBuffer> {
  const verdicts = new Uint8Array(ids.length);
  for (let place = 0; place < ids.length; place++) verdicts[place] = table[ids[place] ?? 0] ?? 0;
  return verdicts;
}

function fillByPlace(
  index: Uint32Array,
  verdicts: Uint8Array,
  { from, to, passes }: { from: number; to: number; passes: Uint8Array },
): void {
  for (let at = from; at < to; at++) passes[at - from] = verdicts[index[at] ?? 0] ?? 0;
}
