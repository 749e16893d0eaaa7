import { type AnalyticsEvent, CORE_FIELDS, OPTIONAL_FIELDS } from "./event.ts";
import { eventIdOf } from "./event-id.ts";

/**
 * Derives the ids of a request's events that have none from its idempotency key. Equal events get different ids, by how many
 * came before in the request: the same request gives the same ids in any order, and in parts.
 */
export function idsFromKey(key: string): (event: AnalyticsEvent) => string {
  const seen = new Map<string, number>();
  return (event) => {
    const content = contentOf(event);
    const equalBefore = seen.get(content) ?? 0;
    seen.set(content, equalBefore + 1);
    return eventIdOf(event.siteId, JSON.stringify([key, content, equalBefore]));
  };
}

/** Equal for two events that are stored alike apart from their ids. Must never change, nor must the order of the fields. */
function contentOf(event: AnalyticsEvent): string {
  const content: [string, string][] = [];
  for (const { key, name } of [...CORE_FIELDS, ...OPTIONAL_FIELDS]) {
    const value = event[key];
    if (value === undefined || key === "eventId") continue;
    content.push([name, key === "properties" ? sorted(value) : value]);
  }
  return JSON.stringify(content);
}

function sorted(properties: string): string {
  const entries = Object.entries(JSON.parse(properties));
  return JSON.stringify(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
