import { RECEIVED_FIELD } from "../../event/entry-codec.ts";
import { eventIdOf, isEventKey, isUuid } from "../../event/event-id.ts";
import { REPLACEMENT_CHARACTER } from "../../event/text-field.ts";
import type { Database } from "../../store/database.ts";
import {
  deleteDeadLetters,
  findDeadLetters,
  type StoredDeadLetter,
} from "../../store/dead-letters.ts";
import { appendEntry } from "../../stream/append-entry.ts";
import type { RedisConnection } from "../../stream/redis/redis-connection.ts";
import { type Corrections, whyNotSendable } from "./corrections.ts";
import { pagesOf } from "./selection.ts";

/** Further refusals are only counted. */
const REFUSALS_KEPT_MAX = 20;

/** The progress of a retry, also when it fails. */
export interface RetryTally {
  sent: number;
  refused: number;
  readonly firstRefused: { readonly id: string; readonly why: string }[];
  readonly missingIds: string[];
}

export interface SendAgainOptions {
  readonly ids: readonly string[];
  readonly corrections: Corrections;
  readonly nowMs: number;
  readonly tally: RetryTally;
}

/**
 * Appends the fields of dead letters to their streams and deletes each dead letter once Redis has the entry. Interrupted
 * in between, a dead letter remains; sent again it counts once, by its `event_id`. One that cannot be stored is refused
 * and remains.
 */
export async function sendAgain(
  { database, redis }: { database: Database; redis: RedisConnection },
  { ids, corrections, nowMs, tally }: SendAgainOptions,
): Promise<void> {
  for (const page of pagesOf(ids)) {
    const letters = (await findDeadLetters(database, page)).map((letter) =>
      corrected(letter, corrections),
    );
    const found = new Set(letters.map(({ id }) => id));
    tally.missingIds.push(...page.filter((id) => !found.has(id)));
    const sendable = letters.filter(({ id, fields }) => {
      const why = whyNotSendable(fields, { corrections, nowMs });
      if (why === undefined) return true;
      tally.refused += 1;
      if (tally.firstRefused.length < REFUSALS_KEPT_MAX) tally.firstRefused.push({ id, why });
      return false;
    });
    await Promise.all(
      sendable.map(async ({ stream, fields }) => {
        // Redis receives it now. With the old time it would be skipped after a prune.
        const { [RECEIVED_FIELD]: _, ...sent } = fields;
        return await appendEntry(redis, stream, sent);
      }),
    );
    const sentIds = sendable.map(({ id }) => id);
    await deleteDeadLetters(database, sentIds);
    tally.sent += sentIds.length;
  }
}

function corrected(letter: StoredDeadLetter, corrections: Corrections): StoredDeadLetter {
  const fields = { ...letter.fields, ...corrections };
  return { ...letter, fields: { ...fields, ...sentEventId(letter, fields) } };
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
