import type { Horizon } from "../event/retention.ts";

/** A stretch of events in the order of their ids, to be gone through for old ones. */
export interface Stretch {
  readonly horizon: Horizon;
  /** It begins after this id. */
  readonly afterId: bigint;
  readonly rowsMax: number;
}

/** What was found in a stretch. */
export interface OldEvents {
  /** Where the next stretch begins. */
  readonly lastId: bigint;
  /** How many events are, or were, old enough to go. */
  readonly old: number;
  /** The first and the last of their days; undefined when there were none. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** Whether nothing in it was received before the horizon, so that nothing after it was. */
  readonly isLast: boolean;
}

/** A row that the queries of a stretch answer. */
export interface OldEventsRow {
  readonly last_id: string | null;
  readonly received: number;
  readonly old: number;
  readonly from: string | null;
  readonly to: string | null;
}

/** Reads that row. */
export function oldEventsOf(row: OldEventsRow | undefined, afterId: bigint): OldEvents {
  if (row === undefined || row.last_id === null) {
    return { lastId: afterId, old: 0, from: undefined, to: undefined, isLast: true };
  }
  return {
    lastId: BigInt(row.last_id),
    old: row.old,
    from: row.from ?? undefined,
    to: row.to ?? undefined,
    isLast: row.received === 0,
  };
}
