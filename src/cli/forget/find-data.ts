import { pagesOf } from "../../administer/dead-letters/pages-of.ts";
import { belongsTo, type DataSubject } from "../../event/data-subject.ts";
import { entryFields } from "../../event/entry-codec.ts";
import { CHUNK_EDITOR } from "../../reporting/packing/without-user.ts";
import type { Database } from "../../store/database.ts";
import { deadLetterIds, findDeadLetters, type StoredDeadLetter } from "../../store/dead-letters.ts";
import { findSubjectRows, type SubjectRows } from "../../store/forget/find-rows.ts";
import { countSiteAccess, type SiteAccess } from "../../store/forget/site-access.ts";
import { readEntries } from "../../stream/forget-entries.ts";
import type { ShardConnection } from "../../stream/shards/shard-connections.ts";
import { compareEntryIds } from "../../stream/stream-entry.ts";
import type { ForgetStart } from "./wait-for-backlog.ts";

/** All that is stored of a subject, except what arrived after the start. */
export interface FoundData {
  readonly rows: SubjectRows;
  readonly letterIds: readonly string[];
  readonly entries: readonly FoundEntry[];
  /** None of a user. */
  readonly access: SiteAccess;
}

export interface FoundEntry {
  readonly shard: ShardConnection;
  readonly id: string;
}

export interface SearchContext {
  readonly database: Database;
  readonly shards: readonly ShardConnection[];
  readonly subject: DataSubject;
  readonly start: ForgetStart;
}

export async function findData(context: SearchContext): Promise<FoundData> {
  const { database, subject, start } = context;
  const { siteId, userId } = subject;
  return {
    rows: await findSubjectRows(database, subject, { cut: start.cut, editor: CHUNK_EDITOR }),
    letterIds: await findLetters(context),
    entries: await findEntries(context),
    access:
      userId === undefined ? await countSiteAccess(database, siteId) : { settings: 0, keys: 0 },
  };
}

export function isEmpty({ rows, letterIds, entries, access }: FoundData): boolean {
  return rows.days.length + letterIds.length + entries.length + access.settings + access.keys === 0;
}

async function findLetters({
  database,
  subject,
  start: { lastEntryIds },
}: SearchContext): Promise<readonly string[]> {
  const isLater = ({ stream, entryId }: StoredDeadLetter): boolean => {
    const lastEntryId = lastEntryIds.get(stream);
    return lastEntryId !== undefined && compareEntryIds(entryId, lastEntryId) > 0;
  };
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
  shards,
  subject,
  start: { lastEntryIds },
}: SearchContext): Promise<readonly FoundEntry[]> {
  const found: FoundEntry[] = [];
  for (const shard of shards) {
    const { stream } = shard.key;
    const lastEntryId = lastEntryIds.get(stream);
    if (lastEntryId === undefined) continue;
    for await (const page of readEntries(shard.redis, { stream, lastEntryId })) {
      for (const { id, flatFields } of page) {
        if (belongsTo(subject, entryFields(flatFields))) found.push({ shard, id });
      }
    }
  }
  return found;
}
