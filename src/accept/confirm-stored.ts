import type { AnalyticsEvent } from "../event/event.ts";
import type { Appended } from "../stream/producer.ts";
import { compareEntryIds } from "../stream/stream-entry.ts";

/** Where an event is: in the table, or set aside for a reason. Undefined in neither. */
export type StoredState =
  | { readonly kind: "stored" }
  | { readonly kind: "dead"; readonly reason: string }
  | undefined;

export interface ConfirmParts {
  /** Resolves with whether all entries of the stream up to this one are finished; false at the deadline. */
  readonly waitUntilFinished: (
    entry: Pick<Appended, "stream"> & { readonly entryId: string },
    deadlineMs: number,
  ) => Promise<boolean>;
  readonly findStored: (sent: SentEvents) => Promise<readonly StoredState[]>;
  readonly timeoutMs: number;
}

export interface SentEvents extends Appended {
  readonly events: readonly AnalyticsEvent[];
}

/** Waits until consumers have finished the events, and returns where each is; undefined when that is not known in time. */
export async function confirmStored(
  sent: SentEvents,
  { waitUntilFinished, findStored, timeoutMs }: ConfirmParts,
): Promise<readonly StoredState[] | undefined> {
  const { stream, entryIds } = sent;
  const entryId = entryIds.toSorted(compareEntryIds).at(-1);
  if (entryId === undefined) return [];
  if (!(await waitUntilFinished({ stream, entryId }, timeoutMs))) return undefined;
  try {
    const states = await findStored(sent);
    return states.includes(undefined) ? undefined : states;
  } catch {
    return undefined;
  }
}
