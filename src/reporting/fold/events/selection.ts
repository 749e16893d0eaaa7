import { SPAN_EVENTS } from "../days/spans.ts";

/** Events, or visits, that are counted: their places, and what they count for. */
export class Selection {
  count = 0;
  /** Places in the day. */
  readonly events = new Int32Array(SPAN_EVENTS);
  /** -1 for none. */
  readonly visits = new Int32Array(SPAN_EVENTS);
  /** Of time. */
  readonly rows = new Int32Array(SPAN_EVENTS);
  /** The row of the answer. */
  readonly groups = new Int32Array(SPAN_EVENTS);
}
