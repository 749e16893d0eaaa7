import { RECEIVED_FIELD } from "../../event/entry-codec.ts";
import { eventIdOf, isEventKey, isUuid } from "../../event/event-id.ts";
import { REPLACEMENT_CHARACTER } from "../../event/text-field.ts";
import type { Database } from "../../store/database.ts";
import { deleteDeadEvents } from "../../store/dead-letters/delete-dead-events.ts";
import { findDeadEvents } from "../../store/dead-letters/find-dead-events.ts";
import type { StoredDeadEvent } from "../../store/dead-letters/stored-dead-event.ts";
import { appendEntry } from "../../stream/append-entry.ts";
import type { RedisConnection } from "../../stream/redis/redis-connection.ts";
import { type Corrections, whyNotSendable } from "./corrections.ts";
import { pagesOf } from "./letter-choice.ts";

/** Refusals beyond these are counted and not kept. */
const REFUSALS_KEPT_MAX = 20;

/** What became of the letters so far; kept up to date, so that it tells how far a failed retry got. */
export interface RetryTally {
  sent: number;
  refused: number;
  readonly firstRefused: { readonly id: string; readonly why: string }[];
  readonly missingIds: string[];
}

/** Which letters to send again, and how. */
export interface RetryOptions {
  readonly ids: readonly string[];
  readonly corrections: Corrections;
  readonly nowMs: number;
  readonly tally: RetryTally;
}

/**
 * Sends the fields of dead letters to the streams they came from, and deletes a letter once Redis has its
 * entry. When it is cut short in between, the letter is still there; sent once more, its event counts once,
 * known by its `event_id`. What would only die again stays.
 */
export async function retryLetters(
  { database, redis }: { database: Database; redis: RedisConnection },
  { ids, corrections, nowMs, tally }: RetryOptions,
): Promise<void> {
  for (const page of pagesOf(ids)) {
    const letters = (await findDeadEvents(database, page)).map((letter) =>
      corrected(letter, corrections),
    );
    const found = new Set(letters.map(({ id }) => id));
    tally.missingIds.push(...page.filter((id) => !found.has(id)));
    const sendable = letters.filter((letter) => {
      const why = whyNotSendable(letter.fields, { corrections, nowMs });
      if (why !== undefined) refuse(tally, { id: letter.id, why });
      return why === undefined;
    });
    await Promise.all(
      sendable.map(async ({ stream, fields }) => {
        // Sent again, it is received now: an event received before the last prune would be skipped.
        const { [RECEIVED_FIELD]: _, ...sent } = fields;
        return await appendEntry(redis, stream, sent);
      }),
    );
    const sentIds = sendable.map(({ id }) => id);
    await deleteDeadEvents(database, sentIds);
    tally.sent += sentIds.length;
  }
}

function corrected(letter: StoredDeadEvent, corrections: Corrections): StoredDeadEvent {
  const fields = { ...letter.fields, ...corrections };
  return { ...letter, fields: { ...fields, ...sentEventId(letter, fields) } };
}

/**
 * The `event_id` to send a letter with, which may come from a program that gives none, or one that is no UUID: of its
 * own it gets the same that `POST /event` makes of it, and without one that of its entry: sent twice it counts once.
 */
function sentEventId(
  { stream, entryId, fields }: StoredDeadEvent,
  { site_id = "", event_id = "" }: Readonly<Record<string, string>>,
): { readonly event_id?: string } {
  // With its fields: a Redis that was emptied may give an id again.
  const ofEntry = JSON.stringify([stream, entryId, fields]);
  if (event_id === "") return { event_id: eventIdOf(site_id, ofEntry) };
  const isWhole = isEventKey(event_id) && !event_id.includes(REPLACEMENT_CHARACTER);
  return isWhole && !isUuid(event_id) ? { event_id: eventIdOf(site_id, event_id) } : {};
}

function refuse(tally: RetryTally, refusal: { id: string; why: string }): void {
  tally.refused += 1;
  if (tally.firstRefused.length < REFUSALS_KEPT_MAX) tally.firstRefused.push(refusal);
}
