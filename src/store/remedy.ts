import { sqlState } from "./database-error.ts";

const WRONG_LOGIN = "Let this user connect with this password again, or correct DATABASE_URL";
const WRONG_TABLES =
  "See whether this is the right database, and restore its tables; in a new and empty one make them with `queueflow migrate`";
const WRONG_SEQUENCE =
  "Set the sequence of the table's id past its largest value, as after a failover to a logical replica";

/** What a person must do about failures that waiting does not mend, by SQLSTATE. */
const REMEDIES: Readonly<Record<string, string>> = {
  "2200H": WRONG_SEQUENCE,
  "23502": "Drop the column that the engine does not know of, or give it a default",
  "23505": WRONG_SEQUENCE,
  "25006": "PostgreSQL takes no writes: connect to the primary, or let it write again",
  "28000": WRONG_LOGIN,
  "28P01": WRONG_LOGIN,
  "3D000": "Bring the database back, or correct DATABASE_URL",
  "3F000": WRONG_TABLES,
  "42501": "Grant the engine's user all rights to the tables and to their sequences",
  "42703": WRONG_TABLES,
  "42P01": WRONG_TABLES,
  "42P10": WRONG_TABLES,
  "53100": "Free space on PostgreSQL's disk",
  "53300":
    "End other sessions or raise max_connections: the engine takes one for each consumer and the reclaimer, three for each ingest thread",
};

/** What a person must do about a failure of PostgreSQL, as a sentence; nothing when it may pass by itself. */
export function remedyFor(error: unknown): string | undefined {
  const code = sqlState(error);
  return code === undefined ? undefined : REMEDIES[code];
}
