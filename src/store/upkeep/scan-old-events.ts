import type { EventPage, OldEvents } from "./old-events.ts";

export type OldEventsTotal = Pick<OldEvents, "old" | "unpacked" | "from" | "to">;

export interface ScanOptions {
  readonly before: string;
  readonly rowsMax: number;
  readonly signal: AbortSignal;
  /** Counts or deletes the old events of a page; `busy` ends the scan. */
  readonly work: (page: EventPage) => Promise<OldEvents | "busy">;
  readonly onPage: (soFar: OldEventsTotal) => Promise<void> | void;
}

/** Scans by id until no older events can follow, the abort, or `busy`. */
export async function scanOldEvents({
  before,
  rowsMax,
  signal,
  work,
  onPage,
}: ScanOptions): Promise<OldEventsTotal & { readonly end: "done" | "aborted" | "busy" }> {
  let soFar: OldEventsTotal = { old: 0, unpacked: 0, from: undefined, to: undefined };
  let afterId = 0n;
  while (!signal.aborted) {
    const found = await work({ before, afterId, rowsMax });
    if (found === "busy") return { ...soFar, end: "busy" };
    soFar = {
      old: soFar.old + found.old,
      unpacked: soFar.unpacked + found.unpacked,
      from: [soFar.from, found.from].filter(isDay).toSorted()[0],
      to: [soFar.to, found.to].filter(isDay).toSorted().at(-1),
    };
    await onPage(soFar);
    if (found.isLast) return { ...soFar, end: "done" };
    afterId = found.lastId;
  }
  return { ...soFar, end: "aborted" };
}

function isDay(day: string | undefined): day is string {
  return day !== undefined;
}
