/** `reject` an entry that can never be stored; `split` a batch that takes too long or too much memory; `retry` others. */
type Policy = "reject" | "split" | "retry";

const LOGIN = "Let this user connect with this password again, or correct DATABASE_URL";
const TABLES =
  "See whether this is the right database, and restore its tables; in a new and empty one create them with `queueflow migrate`";
const SEQUENCE =
  "Set the sequence of the table's id past its largest value, as after a failover to a logical replica";
const COLUMN = "Drop the column that the engine does not know of, or give it a default";
const READ_ONLY = "PostgreSQL takes no writes: connect to the primary, or let it write again";
const DATABASE = "Bring the database back, or correct DATABASE_URL";
const PRIVILEGES = "Grant the engine's user all rights to the tables and to their sequences";
const DISK = "Free space on PostgreSQL's disk";
const CONNECTIONS =
  "End other sessions or raise max_connections: the engine opens one for each consumer, three for each ingest thread, four for each report thread, two for the packer, and up to three for the reclaimer";

/** By code or class of two characters (PostgreSQL manual, appendix A). Other codes are retried. */
const SQL_STATES: Readonly<Record<string, readonly [name: string, Policy, remedy?: string]>> = {
  "21000": ["cardinality_violation", "reject"],
  "22": ["data_exception", "reject"],
  "2200H": ["sequence_generator_limit_exceeded", "retry", SEQUENCE],
  "23": ["integrity_constraint_violation", "reject"],
  // Another program added the column: the engine leaves none of its own empty.
  "23502": ["not_null_violation", "retry", COLUMN],
  // A sequence is behind its table: the engine inserts no key twice.
  "23505": ["unique_violation", "retry", SEQUENCE],
  "25006": ["read_only_sql_transaction", "retry", READ_ONLY],
  "25P04": ["transaction_timeout", "split"],
  "28000": ["invalid_authorization_specification", "retry", LOGIN],
  "28P01": ["invalid_password", "retry", LOGIN],
  "3D000": ["invalid_catalog_name", "retry", DATABASE],
  "3F000": ["invalid_schema_name", "retry", TABLES],
  "42501": ["insufficient_privilege", "retry", PRIVILEGES],
  "42703": ["undefined_column", "retry", TABLES],
  "42P01": ["undefined_table", "retry", TABLES],
  "42P10": ["invalid_column_reference", "retry", TABLES],
  "53100": ["disk_full", "retry", DISK],
  "53200": ["out_of_memory", "split"],
  "53300": ["too_many_connections", "retry", CONNECTIONS],
  "53400": ["configuration_limit_exceeded", "split"],
  "54": ["program_limit_exceeded", "reject"],
  "57014": ["query_canceled", "split"],
};

export function policyOf(code: string): Policy {
  const [, policy] = SQL_STATES[code] ?? SQL_STATES[code.slice(0, 2)] ?? [code, "retry"];
  return policy;
}

export function sqlStateRemedy(code: string): string | undefined {
  return SQL_STATES[code]?.[2];
}
