import type { AnalyticsEvent } from "../../event/event.ts";
import type { Database } from "../database.ts";
import { QUERY_DEADLINE_MS } from "../deadlines.ts";

/** Undefined when the event is neither in `events` nor a dead letter. */
export type Whereabouts =
  | { readonly kind: "stored" }
  | { readonly kind: "dead"; readonly reason: string }
  | undefined;

export interface SentEvents {
  readonly stream: string;
  readonly events: readonly AnalyticsEvent[];
  /** Of each event, in their order. */
  readonly entryIds: readonly string[];
}

/** Returns where each event is. */
export async function findStored(
  database: Database,
  { stream, events, entryIds }: SentEvents,
): Promise<readonly Whereabouts[]> {
  return await database.query(QUERY_DEADLINE_MS, async (sql) => {
    const stored = await sql<{ position: number }[]>`
      SELECT position::int - 1 AS position
      FROM unnest(
        ${events.map(({ siteId }) => siteId)}::text[],
        ${events.map(({ eventId }) => eventId)}::text[]
      ) WITH ORDINALITY AS sent (site_id, event_id, position)
      JOIN events ON events.site_id = sent.site_id AND events.event_id = sent.event_id::uuid`;
    const dead = await sql<{ entryId: string; reason: string }[]>`
      SELECT entry_id AS "entryId", reason FROM dead_events
      WHERE stream = ${stream} AND entry_id = ANY (${[...entryIds]}::text[])`;
    const positions = new Set(stored.map(({ position }) => position));
    const reasons = new Map(dead.map(({ entryId, reason }) => [entryId, reason]));
    return entryIds.map((entryId, position) => {
      if (positions.has(position)) return { kind: "stored" };
      const reason = reasons.get(entryId);
      return reason === undefined ? undefined : { kind: "dead", reason };
    });
  });
}
