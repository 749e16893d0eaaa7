/** Bounds how long a batch can block others. */
export const STATEMENT_TIMEOUT_MS = 8_000;
/** How soon the server ends a statement whose client is gone, and frees its locks. */
const CLIENT_CHECK_INTERVAL_MS = 1_000;

/** The engine's promises depend on these, whatever the defaults are. */
export const SESSION_SETTINGS = {
  application_name: "queueflow",
  TimeZone: "UTC",
  DateStyle: "ISO",
  synchronous_commit: "on",
  // Batches that meet in a row wait instead of failing.
  default_transaction_isolation: "read committed",
  // Shorter than statement_timeout, so that a lock wait and a slow statement fail with different codes.
  lock_timeout: STATEMENT_TIMEOUT_MS - 1_000,
  statement_timeout: STATEMENT_TIMEOUT_MS,
  idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
  client_connection_check_interval: CLIENT_CHECK_INTERVAL_MS,
  // A wrong cost estimate would compile a statement for longer than it runs.
  jit: "off",
  // A generic plan stays until the next ANALYZE: planned while a table was empty, it would scan all of it for every row of a
  // batch. A bitmap scan would also read dead index entries forever.
  enable_seqscan: "off",
  enable_bitmapscan: "off",
} as const;

/** How long a statement of a reading session may take. */
export const READ_TIMEOUT_MS = 1_500;
/** Reading sessions take no parallel workers, and no locks that batches wait for. */
export const READING_SETTINGS = {
  statement_timeout: READ_TIMEOUT_MS,
  default_transaction_read_only: true,
  max_parallel_workers_per_gather: "0",
};

export type Settings = Readonly<Record<string, string | number | boolean>>;

/** Returns statements that give a transaction the settings that a pooler does not keep for a session. */
export function localSettings(settings: Settings): string {
  return Object.entries(settings)
    .map(([name, value]) => `SET LOCAL ${name} = '${String(value)}'`)
    .join("; ");
}
