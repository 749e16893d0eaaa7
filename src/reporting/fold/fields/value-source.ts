import {
  type Dimension,
  type FilterDimension,
  type TimeDimension,
  VISIT_FIELDS,
} from "../../query/report-query.ts";
import type { FoldDay } from "../days/fold-day.ts";
import type { Selection } from "../events/selection.ts";
import type { VisitValue } from "../visits/visit-table.ts";
import { isOwnField, type VisitValues } from "../visits/visit-values.ts";
import type { EventField } from "./event-field.ts";
import type { EventFields } from "./event-fields.ts";

/** Where an event's value of a dimension comes from. */
export type ValueSource =
  | { readonly kind: "event"; readonly field: EventField }
  | { readonly kind: "visit"; readonly value: VisitValue };

export type ValueDimension = Exclude<Dimension | FilterDimension, TimeDimension | "event:goal">;

export interface ValueContext {
  readonly fields: EventFields;
  readonly visits: VisitValues;
  /** Whether country to language are the visit's first known, as for metrics of visits, and not the event's own. */
  readonly areOfVisit: boolean;
}

export function valueSource(dimension: ValueDimension, context: ValueContext): ValueSource {
  const { fields, visits, areOfVisit } = context;
  const visitField = VISIT_FIELDS.find((field) => dimension === `visit:${field}`);
  if (visitField === undefined) return { kind: "event", field: fields.dimension(dimension) };
  return !areOfVisit && isOwnField(visitField)
    ? { kind: "event", field: fields.column(visitField) }
    : { kind: "visit", value: visits.value(visitField) };
}

/** Writes the ids of the selected events' values. */
export function gatherIds(
  source: ValueSource,
  day: FoldDay,
  selection: Selection,
  out: Int32Array,
): void {
  if (source.kind === "visit") gatherVisits(source.value, selection, out);
  else gatherEvents(source.field, day, selection, out);
}

function gatherVisits(
  { values: { values }, unknownId }: VisitValue,
  { visits, count }: Selection,
  out: Int32Array,
): void {
  for (let at = 0; at < count; at++) {
    const visit = visits[at] ?? 0;
    out[at] = visit < 0 ? 0 : values[visit] || unknownId;
  }
}

function gatherEvents(
  field: EventField,
  day: FoldDay,
  { events, count }: Selection,
  out: Int32Array,
): void {
  const known = field.dayIds(day);
  if (known === undefined) {
    out.fill(0, 0, count);
    return;
  }
  const { index, ids } = known;
  for (let at = 0; at < count; at++) out[at] = ids[index[events[at] ?? 0] ?? 0] ?? 0;
}
