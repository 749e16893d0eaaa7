import type { FoldDay } from "../days/fold-day.ts";
import type { EventField } from "../fields/event-field.ts";

/** The type of events that prolong a visit, and begin none. */
const ENGAGEMENT = "engagement";

/** Returns the place of `engagement` among the day's event types, or -1. */
export function engagementPlace(types: EventField, day: FoldDay): number {
  return types.dayIds(day)?.ids.indexOf(types.ids.idOfText(ENGAGEMENT)) ?? -1;
}
