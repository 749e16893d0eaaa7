import { CORE_FIELDS, type ReceivedEvent, STORED_OPTIONAL_FIELDS } from "../../event/event.ts";

type Field = (typeof CORE_FIELDS)[number] | (typeof STORED_OPTIONAL_FIELDS)[number];

/** Returns the fields that a batch has: a column of NULLs costs PostgreSQL about as much as a value. */
export function usedFields(events: readonly ReceivedEvent[]): readonly Field[] {
  return [
    ...CORE_FIELDS,
    ...STORED_OPTIONAL_FIELDS.filter(({ key }) => events.some((event) => event[key] !== undefined)),
  ];
}
