import { CORE_FIELDS, OPTIONAL_FIELDS, type ReceivedEvent } from "../../event/event.ts";

type Field = (typeof CORE_FIELDS)[number] | (typeof OPTIONAL_FIELDS)[number];

/** Returns the fields that a batch has: a column of NULLs costs PostgreSQL about as much as a value. */
export function usedFields(events: readonly ReceivedEvent[]): readonly Field[] {
  return [
    ...CORE_FIELDS,
    ...OPTIONAL_FIELDS.filter(({ key }) => events.some((event) => event[key] !== undefined)),
  ];
}
