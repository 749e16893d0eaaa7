import { RECEIVED_FIELD } from "../../event/entry-codec.ts";
import { eventIdOf, isEventKey, isUuid } from "../../event/event-id.ts";
import { REPLACEMENT_CHARACTER } from "../../event/text-field.ts";
import type { StoredDeadLetter } from "../../store/dead-letters.ts";
import type { Corrections } from "./corrections.ts";

/** Returns the fields of the entry that a retry of the dead letter appends. */
export function fieldsToSend(
  letter: StoredDeadLetter,
  corrections: Corrections,
): Readonly<Record<string, string>> {
  // Redis receives it now. With the old time it would be skipped after a prune.
  const { [RECEIVED_FIELD]: _, ...fields } = { ...letter.fields, ...corrections };
  return { ...fields, ...sentEventId(letter, fields) };
}

/**
 * The `event_id` to send, so that an event sent twice counts once. One that is no UUID becomes what `POST /event` makes
 * of it; without one it is derived from the entry.
 */
function sentEventId(
  { stream, entryId, fields }: StoredDeadLetter,
  { site_id = "", event_id = "" }: Readonly<Record<string, string>>,
): { readonly event_id?: string } {
  // Includes the fields: a Redis that was emptied may reuse an entry id.
  const entryKey = JSON.stringify([stream, entryId, fields]);
  if (event_id === "") return { event_id: eventIdOf(site_id, entryKey) };
  const isWhole = isEventKey(event_id) && !event_id.includes(REPLACEMENT_CHARACTER);
  return isWhole && !isUuid(event_id) ? { event_id: eventIdOf(site_id, event_id) } : {};
}
