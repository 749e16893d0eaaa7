/**
 * What to do about a batch that PostgreSQL fails with a SQLSTATE: `reject` the entry that causes it, since its content can never
 * be stored; `split` the batch, since it takes too long or too much memory; `retry` it unchanged.
 */
export type Policy = "reject" | "split" | "retry";

interface SqlState {
  readonly name: string;
  readonly policy: Policy;
  /** What a person must do, where waiting does not help. */
  readonly remedy?: string;
}

const CORRECT_LOGIN = "Let this user connect with this password again, or correct DATABASE_URL";
const CORRECT_TABLES =
  "See whether this is the right database, and restore its tables; in a new and empty one create them with `queueflow migrate`";
const ADVANCE_SEQUENCE =
  "Set the sequence of the table's id past its largest value, as after a failover to a logical replica";

/** Codes, and classes of two characters, as in appendix A of the PostgreSQL manual. Others are retried: they may pass. */
const SQL_STATES: Readonly<Record<string, SqlState>> = {
  "21000": { name: "cardinality_violation", policy: "reject" },
  "22": { name: "data_exception", policy: "reject" },
  "2200H": {
    name: "sequence_generator_limit_exceeded",
    policy: "retry",
    remedy: ADVANCE_SEQUENCE,
  },
  "23": { name: "integrity_constraint_violation", policy: "reject" },
  // The engine leaves no column of its own empty, so it is a column that another program added.
  "23502": {
    name: "not_null_violation",
    policy: "retry",
    remedy: "Drop the column that the engine does not know of, or give it a default",
  },
  // The engine inserts none of its keys twice, so it is a sequence behind its table.
  "23505": { name: "unique_violation", policy: "retry", remedy: ADVANCE_SEQUENCE },
  "25006": {
    name: "read_only_sql_transaction",
    policy: "retry",
    remedy: "PostgreSQL takes no writes: connect to the primary, or let it write again",
  },
  "25P04": { name: "transaction_timeout", policy: "split" },
  "28000": {
    name: "invalid_authorization_specification",
    policy: "retry",
    remedy: CORRECT_LOGIN,
  },
  "28P01": { name: "invalid_password", policy: "retry", remedy: CORRECT_LOGIN },
  "3D000": {
    name: "invalid_catalog_name",
    policy: "retry",
    remedy: "Bring the database back, or correct DATABASE_URL",
  },
  "3F000": { name: "invalid_schema_name", policy: "retry", remedy: CORRECT_TABLES },
  "42501": {
    name: "insufficient_privilege",
    policy: "retry",
    remedy: "Grant the engine's user all rights to the tables and to their sequences",
  },
  "42703": { name: "undefined_column", policy: "retry", remedy: CORRECT_TABLES },
  "42P01": { name: "undefined_table", policy: "retry", remedy: CORRECT_TABLES },
  "42P10": { name: "invalid_column_reference", policy: "retry", remedy: CORRECT_TABLES },
  "53100": { name: "disk_full", policy: "retry", remedy: "Free space on PostgreSQL's disk" },
  "53200": { name: "out_of_memory", policy: "split" },
  "53300": {
    name: "too_many_connections",
    policy: "retry",
    remedy:
      "End other sessions or raise max_connections: the engine opens one for each consumer, three for each ingest thread, and up to three for the reclaimer",
  },
  "53400": { name: "configuration_limit_exceeded", policy: "split" },
  "54": { name: "program_limit_exceeded", policy: "reject" },
  "57014": { name: "query_canceled", policy: "split" },
};

/** Returns the entry for a code, or for its class; undefined for a code that is retried and needs nothing else. */
export function sqlStateEntry(code: string): SqlState | undefined {
  return SQL_STATES[code] ?? SQL_STATES[code.slice(0, 2)];
}
