import { openReportConnections } from "../../store/reports/read-transaction.ts";
import { ColumnCache } from "./column-cache.ts";
import { SharedSnapshots } from "./shared-snapshots.ts";

export interface SnapshotSourceOptions {
  readonly url: string;
  /** Snapshots that can be open at once. */
  readonly connectionsMax: number;
  /** Of decoded columns. */
  readonly cacheBytesMax: number;
}

/** What the snapshots of a thread share. */
export interface SnapshotSource {
  readonly snapshots: SharedSnapshots;
  readonly cache: ColumnCache;
  readonly counts: SnapshotCounts;
  close(): Promise<void>;
}

/** Since the start. */
export interface SnapshotCounts {
  /** Columns of chunks. */
  cacheHits: number;
  cacheMisses: number;
  /** Days whose chunks and tail were damaged or did not add up to their total, so that raw rows were read. */
  countMismatches: number;
}

export function openSnapshotSource({
  url,
  connectionsMax,
  cacheBytesMax,
}: SnapshotSourceOptions): SnapshotSource {
  const connections = openReportConnections(url, connectionsMax);
  return {
    snapshots: new SharedSnapshots(connections),
    cache: new ColumnCache(cacheBytesMax),
    counts: { cacheHits: 0, cacheMisses: 0, countMismatches: 0 },
    close: async () => await connections.close({ timeout: 0 }),
  };
}
