import type { AccessServers } from "../../administer/access-servers.ts";
import { pagesOf } from "../../administer/dead-letters/pages-of.ts";
import { putInForce } from "../../administer/put-in-force.ts";
import { CHUNK_EDITOR } from "../../reporting/packing/without-user.ts";
import { deleteDeadLetters } from "../../store/dead-letters.ts";
import {
  forgetSiteDay,
  forgetSitePacked,
  forgetSitePage,
  type SitePage,
} from "../../store/forget/forget-site-rows.ts";
import { forgetUserDay } from "../../store/forget/forget-user-day.ts";
import { deleteSiteAccess } from "../../store/forget/site-access.ts";
import { deleteProcessed } from "../../stream/forget-entries.ts";
import { openProgress, type Progress } from "../progress.ts";
import type { Shell } from "../shell.ts";
import { count } from "../text.ts";
import { retryLocked } from "../upkeep/retry-locked.ts";
import type { FoundData, SearchContext } from "./find-data.ts";

/** Events of a user per transaction, which blocks batches for some tens of milliseconds. */
const EVENTS_MAX = 5_000;
/** Rows examined per transaction, which blocks none. */
const ROWS_MAX = 20_000;

/** How much was removed, also when the command is interrupted. */
export interface ForgetTally {
  events: number;
  letters: number;
  entries: number;
}

export interface RemoveContext extends SearchContext {
  readonly shell: Shell;
  readonly access: AccessServers;
  readonly tally: ForgetTally;
  readonly signal: AbortSignal;
}

/**
 * Entries follow the rows: until these are gone, a group that is set back delivers them without any effect. Keys protect the site
 * meanwhile, so they go last.
 */
export async function removeData(context: RemoveContext, found: FoundData): Promise<void> {
  const { shell, database, access, subject, tally, signal } = context;
  const { siteId, userId } = subject;
  using progress = openProgress(shell, "Removing");
  if (userId === undefined) await removeSite(context, found, progress);
  else await removeUser(context, { siteId, userId }, { found, progress });
  for (const page of pagesOf(found.letterIds)) {
    tally.letters += (await deleteDeadLetters(database, page)).length;
  }
  for (const { redis, key } of context.shards) {
    const ofShard = found.entries.filter(({ shard }) => shard.key.stream === key.stream);
    for (const page of pagesOf(ofShard.map(({ id }) => id))) {
      signal.throwIfAborted();
      tally.entries += await deleteProcessed(redis, key, page);
    }
  }
  if (found.access.settings + found.access.keys > 0) {
    await deleteSiteAccess(database, siteId);
    await putInForce(access);
  }
}

async function removeUser(
  { database, start, tally, signal }: RemoveContext,
  user: { readonly siteId: string; readonly userId: string },
  { found, progress }: { readonly found: FoundData; readonly progress: Progress },
): Promise<void> {
  const { days } = found.rows;
  const { settledId } = start.cut;
  for (const [index, { date, ids }] of days.entries()) {
    const pages = Math.max(1, Math.ceil(ids.length / EVENTS_MAX));
    for (let page = 0; page < pages; page += 1) {
      const part = ids.slice(page * EVENTS_MAX, (page + 1) * EVENTS_MAX);
      const isLast = page === pages - 1;
      const userDay = { ...user, date, idsOfDay: ids, ids: part, isLast, settledId };
      tally.events += await retryLocked(
        signal,
        async () => await forgetUserDay(database, userDay, CHUNK_EDITOR),
      );
    }
    progress.update(date, (index + 1) / days.length);
  }
}

async function removeSite(
  { database, subject: { siteId }, start: { cut }, tally, signal }: RemoveContext,
  { rows }: FoundData,
  progress: Progress,
): Promise<void> {
  // Without rows left, the other rows need no look.
  let afterId: bigint | undefined = 0n;
  while (afterId !== undefined && rows.events > 0) {
    const page: SitePage = { siteId, cut, afterId, rowsMax: ROWS_MAX };
    const forgotten = await retryLocked(signal, async () => await forgetSitePage(database, page));
    tally.events += forgotten.events;
    afterId = forgotten.lastId;
    progress.update(count(tally.events, "event"), tally.events / rows.events);
  }
  await retryLocked(signal, async () => await forgetSitePacked(database, siteId));
  for (const { date } of rows.days) {
    await retryLocked(
      signal,
      async () => await forgetSiteDay(database, { siteId, date }, cut.settledId),
    );
    progress.update(date);
  }
}
