/** A stretch of events in the order of their ids, to be gone through for old ones. */
export interface Stretch {
  /** Old events are those of days before this instant that were received before it, an ISO string. */
  readonly before: string;
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
  /** Whether it shows that no event after it was received early enough. */
  readonly isLast: boolean;
}

/** A row that the queries of a stretch answer. */
export interface OldEventsRow {
  readonly last_id: string | null;
  /** Rows that were received before the horizon, and rows received since then, but not in the future. */
  readonly received: number;
  readonly recent: number;
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
    // Events that were received in the future, by a clock that was wrong then, show nothing.
    isLast: row.received === 0 && row.recent > 0,
  };
}
