import type { Database } from "../database.ts";
import { QUERY_DEADLINE_MS } from "../deadlines.ts";
import type { EventPage, OldEvents } from "./old-events.ts";

export type OldEventsTotal = Pick<OldEvents, "old" | "unpacked" | "from" | "to">;

export interface ScanOptions {
  readonly before: string;
  /** Of `sitesToScan`. */
  readonly sites: readonly (string | undefined)[];
  readonly rowsMax: number;
  readonly signal: AbortSignal;
  /** Counts or deletes the old events of a page; `busy` ends the scan. */
  readonly work: (page: EventPage) => Promise<OldEvents | "busy">;
  readonly onPage: (soFar: OldEventsTotal) => Promise<void> | void;
}

/** Scans each site by id until no older events can follow, the abort, or `busy`. */
export async function scanOldEvents({
  before,
  sites,
  rowsMax,
  signal,
  work,
  onPage,
}: ScanOptions): Promise<OldEventsTotal & { readonly end: "done" | "aborted" | "busy" }> {
  let soFar: OldEventsTotal = { old: 0, unpacked: 0, from: undefined, to: undefined };
  const left = [...sites];
  let afterId = 0n;
  while (!signal.aborted && left.length > 0) {
    const found = await work({ before, siteId: left[0], afterId, rowsMax });
    if (found === "busy") return { ...soFar, end: "busy" };
    soFar = {
      old: soFar.old + found.old,
      unpacked: soFar.unpacked + found.unpacked,
      from: [soFar.from, found.from].filter(isDay).toSorted()[0],
      to: [soFar.to, found.to].filter(isDay).toSorted().at(-1),
    };
    await onPage(soFar);
    afterId = found.isLast ? 0n : found.lastId;
    if (found.isLast) left.shift();
  }
  return { ...soFar, end: left.length === 0 ? "done" : "aborted" };
}

function isDay(day: string | undefined): day is string {
  return day !== undefined;
}

/** Returns what to scan one after the other: all sites at once, or each by itself where they may be on several servers. */
export async function sitesToScan(database: Database): Promise<readonly (string | undefined)[]> {
  return await database.query(QUERY_DEADLINE_MS, async (sql) => {
    if (!database.hasCitus) return [undefined];
    const rows = await sql<
      { siteId: string }[]
    >`SELECT DISTINCT site_id AS "siteId" FROM daily_site_stats`;
    return rows.map(({ siteId }) => siteId).toSorted();
  });
}
