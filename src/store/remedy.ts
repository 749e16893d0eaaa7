import { errorText } from "../errors.ts";
import { sqlState } from "./database-error.ts";

const WRONG_LOGIN = "Let this user connect with this password again, or correct DATABASE_URL";
const WRONG_ENCRYPTION =
  "PostgreSQL refuses this user without TLS: add sslmode=require, verify-ca or verify-full to DATABASE_URL, or allow it in pg_hba.conf";
const WRONG_TABLES =
  "See whether this is the right database, and restore its tables; in a new and empty one make them with `queueflow migrate`";
const WRONG_SEQUENCE =
  "Set the sequence of the table's id past its largest value, as after a failover to a logical replica";

const UNTRUSTED_CERTIFICATE =
  "Set sslrootcert in DATABASE_URL to the certificate of the CA that signed PostgreSQL's";

/** What a person must do about a certificate, by OpenSSL's code. */
const TLS_REMEDIES: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "Renew PostgreSQL's certificate",
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED_CERTIFICATE,
  ERR_TLS_CERT_ALTNAME_INVALID:
    "Use the host name of PostgreSQL's certificate in DATABASE_URL, or sslmode=verify-ca",
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED_CERTIFICATE,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED_CERTIFICATE,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED_CERTIFICATE,
};

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
    "End other sessions or raise max_connections: the engine opens one for each consumer, three for each ingest thread, and up to three for the reclaimer",
};

/** What a person must do about a failure of PostgreSQL, as a sentence; nothing when it may pass by itself. */
export function remedyFor(error: unknown): string | undefined {
  const code = sqlState(error);
  if (code === "28000" && /no encryption/.test(errorText(error))) return WRONG_ENCRYPTION;
  if (code !== undefined) return REMEDIES[code];
  return error instanceof Error && "code" in error ? TLS_REMEDIES[String(error.code)] : undefined;
}
