import type { AnalyticsEvent } from "../event/event.ts";
import type { StoredWatch } from "../stream/inspect/stored-watch.ts";
import { compareEntryIds } from "../stream/stream-entry.ts";

/** Where an event is: in the table, or set aside for a reason. Undefined in neither. */
export type StoredState =
  | { readonly kind: "stored" }
  | { readonly kind: "dead"; readonly reason: string }
  | undefined;

export interface ConfirmParts {
  readonly watch: Pick<StoredWatch, "waitUntilFinished">;
  readonly findStored: (sent: SentEvents) => Promise<readonly StoredState[]>;
  readonly timeoutMs: number;
}

export interface SentEvents {
  readonly events: readonly AnalyticsEvent[];
  /** Of each event, in their order. */
  readonly entryIds: readonly string[];
}

/** Waits until consumers have finished the events, and returns where each is; undefined when that is not known in time. */
export async function confirmStored(
  sent: SentEvents,
  { watch, findStored, timeoutMs }: ConfirmParts,
): Promise<readonly StoredState[] | undefined> {
  const lastEntryId = sent.entryIds.toSorted(compareEntryIds).at(-1);
  if (lastEntryId === undefined) return [];
  if (!(await watch.waitUntilFinished(lastEntryId, timeoutMs))) return undefined;
  try {
    const states = await findStored(sent);
    return states.includes(undefined) ? undefined : states;
  } catch {
    return undefined;
  }
}
