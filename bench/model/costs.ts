/** What an event costs, measured on a quiet machine with two cores (AMD EPYC) by `bun run bench:model --check`. */
export interface Costs {
  /** Of an ingest thread: an event, the request around it, and the flush that appends it. */
  readonly ingestEventUs: number;
  readonly ingestRequestUs: number;
  readonly ingestFlushUs: number;
  /** Of a Redis master with `appendfsync always`: an entry, a flush with its fsync, and delivery with acknowledgement and trimming. */
  readonly redisEntryUs: number;
  readonly redisFlushUs: number;
  readonly redisReadUs: number;
  /** Of a process that stores: of its consumers in large batches, and of the packer. */
  readonly consumerUs: number;
  readonly packerUs: number;
  /** Of PostgreSQL: to store in large batches, to read and write while packing. */
  readonly postgresStoreUs: number;
  readonly postgresPackUs: number;
  /** From the lookup of new users to the commit, in which the batches of a database follow one another. */
  readonly serialUs: number;
  /** Of Citus in all, and of its coordinator. */
  readonly citusUs: number;
  readonly citusCoordinatorUs: number;
  readonly requestBytes: number;
  readonly eventBytes: number;
  readonly redisInBytes: number;
  readonly redisOutBytes: number;
  /** Of Redis, which a replica receives too: appended, then delivered and acknowledged. */
  readonly appendOnlyBytes: number;
  /** Of Redis's memory, while an entry waits. */
  readonly backlogBytes: number;
  /** Of PostgreSQL, which a standby receives too. */
  readonly walBytes: number;
  /** Of the table `events` with its indexes, and of `day_chunks`. */
  readonly rowBytes: number;
  readonly chunkBytes: number;
}

export const COSTS: Costs = {
  ingestEventUs: 3.6,
  ingestRequestUs: 16,
  ingestFlushUs: 65,
  redisEntryUs: 3.3,
  redisFlushUs: 100,
  redisReadUs: 3.5,
  consumerUs: 15,
  // bench/RESULTS.md: filling a database of large parts.
  packerUs: 2.2,
  postgresStoreUs: 16.5,
  postgresPackUs: 3,
  // The share of time in which the lock was held, sampled every 4 ms, divided by the rate.
  serialUs: 12.5,
  // docs/operating.md: in batches of 5,000, 18 with 8 shards, 5 of them on the coordinator, where one PostgreSQL took 9. These proportions
  // of `postgresStoreUs`, since the runs differ in events and machine; not measured by the check.
  citusUs: 33,
  citusCoordinatorUs: 9.2,
  // Assumed: a browser's or a library's request line and headers.
  requestBytes: 300,
  eventBytes: 139,
  redisInBytes: 151,
  redisOutBytes: 281,
  appendOnlyBytes: 563,
  backlogBytes: 135,
  walBytes: 740,
  rowBytes: 316,
  chunkBytes: 41,
};
