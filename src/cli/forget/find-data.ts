import { pagesOf } from "../../administer/dead-letters/pages-of.ts";
import { belongsTo, type DataSubject } from "../../event/data-subject.ts";
import { entryFields } from "../../event/entry-codec.ts";
import { CHUNK_EDITOR } from "../../reporting/packing/without-user.ts";
import type { Database } from "../../store/database.ts";
import { deadLetterIds, findDeadLetters, type StoredDeadLetter } from "../../store/dead-letters.ts";
import { findSubjectRows, type SubjectRows } from "../../store/forget/find-rows.ts";
import { countSiteAccess, type SiteAccess } from "../../store/forget/site-access.ts";
import { readEntries } from "../../stream/forget-entries.ts";
import type { RedisConnection } from "../../stream/redis/redis-connection.ts";
import { compareEntryIds } from "../../stream/stream-entry.ts";
import type { ForgetStart } from "./wait-for-backlog.ts";

/** All that is stored of a subject, except what arrived after the start. */
export interface FoundData {
  readonly rows: SubjectRows;
  readonly letterIds: readonly string[];
  readonly entryIds: readonly string[];
  /** None of a user. */
  readonly access: SiteAccess;
}

export interface SearchContext {
  readonly database: Database;
  readonly redis: RedisConnection;
  readonly stream: string;
  readonly subject: DataSubject;
  readonly start: ForgetStart;
}

export async function findData(context: SearchContext): Promise<FoundData> {
  const { database, subject, start } = context;
  const { siteId, userId } = subject;
  return {
    rows: await findSubjectRows(database, subject, { cut: start.cut, editor: CHUNK_EDITOR }),
    letterIds: await findLetters(context),
    entryIds: await findEntries(context),
    access:
      userId === undefined ? await countSiteAccess(database, siteId) : { settings: 0, keys: 0 },
  };
}

export function isEmpty({ rows, letterIds, entryIds, access }: FoundData): boolean {
  return (
    rows.days.length + letterIds.length + entryIds.length + access.settings + access.keys === 0
  );
}

async function findLetters({
  database,
  stream,
  subject,
  start: { lastEntryId },
}: SearchContext): Promise<readonly string[]> {
  const isLater = (letter: StoredDeadLetter): boolean =>
    letter.stream === stream &&
    lastEntryId !== undefined &&
    compareEntryIds(letter.entryId, lastEntryId) > 0;
  const found: string[] = [];
  for (const page of pagesOf(await deadLetterIds(database))) {
    for (const letter of await findDeadLetters(database, page)) {
      const isOwn =
        belongsTo(subject, letter.fields) || belongsTo(subject, letter.retryFields ?? {});
      if (isOwn && !isLater(letter)) found.push(letter.id);
    }
  }
  return found;
}

async function findEntries({
  redis,
  stream,
  subject,
  start: { lastEntryId },
}: SearchContext): Promise<readonly string[]> {
  if (lastEntryId === undefined) return [];
  const found: string[] = [];
  for await (const page of readEntries(redis, { stream, lastEntryId })) {
    for (const { id, flatFields } of page) {
      if (belongsTo(subject, entryFields(flatFields))) found.push(id);
    }
  }
  return found;
}
