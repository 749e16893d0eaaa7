import { CORE_FIELDS } from "../../event/event.ts";

/** The required fields only: with an `event_id`, an example that is sent twice would count once. */
export function exampleEvent(): Readonly<Record<string, string>> {
  const required = CORE_FIELDS.filter(({ isRequired }) => isRequired);
  return Object.fromEntries(required.map(({ name, example }) => [name, example]));
}
