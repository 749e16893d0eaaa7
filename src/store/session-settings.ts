/** Bounds how long a batch can block others, in milliseconds. Statements that read whole tables set their own, see `allowWholeTables`. */
export const STATEMENT_TIMEOUT_MS = 8_000;
/** How soon the server notices that the client of a running statement is gone, ends it and frees its locks. */
const CLIENT_CHECK_INTERVAL_MS = 1_000;

/** Settings that the engine's promises depend on, whatever the server, the database or the user has as defaults. */
export const SESSION_SETTINGS = {
  application_name: "queueflow",
  TimeZone: "UTC",
  DateStyle: "ISO",
  // A committed row must survive a crash.
  synchronous_commit: "on",
  // Batches that meet in a row wait for each other instead of failing each other.
  default_transaction_isolation: "read committed",
  // Shorter than statement_timeout, so that a wait for a lock and a slow statement fail with different codes.
  lock_timeout: STATEMENT_TIMEOUT_MS - 1_000,
  statement_timeout: STATEMENT_TIMEOUT_MS,
  idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
  client_connection_check_interval: CLIENT_CHECK_INTERVAL_MS,
  // A wrong cost estimate would compile a statement for longer than it runs.
  jit: "off",
  // Whatever the statistics say, statements read by an index, in its order, and stop early. PostgreSQL keeps the generic plan
  // of a prepared statement until the next ANALYZE: planned while a table was empty, it would read all of it for every row of a
  // batch. A bitmap scan would also read dead index entries forever, which a plain index scan removes.
  enable_seqscan: "off",
  enable_bitmapscan: "off",
} as const;

/** How long PostgreSQL works on a statement of a reading session before it cancels it, in milliseconds. */
export const READ_TIMEOUT_MS = 1_500;
/** Further settings of a session that only reads: it takes no parallel workers, and no locks that batches wait for. */
export const READING_SETTINGS = {
  statement_timeout: READ_TIMEOUT_MS,
  default_transaction_read_only: true,
  max_parallel_workers_per_gather: "0",
};
