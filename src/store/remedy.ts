import { errorText } from "../errors.ts";
import { sqlState } from "./database-error.ts";
import { sqlStateRemedy } from "./sql-states.ts";

const ADD_ENCRYPTION =
  "PostgreSQL refuses this user without TLS: add sslmode=require, verify-ca or verify-full to DATABASE_URL, or allow it in pg_hba.conf";
const SET_SSLROOTCERT =
  "Set sslrootcert in DATABASE_URL to the certificate of the CA that signed PostgreSQL's";

/** By OpenSSL's code. */
const TLS_REMEDIES: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "Renew PostgreSQL's certificate",
  DEPTH_ZERO_SELF_SIGNED_CERT: SET_SSLROOTCERT,
  ERR_TLS_CERT_ALTNAME_INVALID:
    "Use the host name of PostgreSQL's certificate in DATABASE_URL, or sslmode=verify-ca",
  SELF_SIGNED_CERT_IN_CHAIN: SET_SSLROOTCERT,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: SET_SSLROOTCERT,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: SET_SSLROOTCERT,
};

/** Returns what a person must do; undefined when waiting may help. */
export function remedyFor(error: unknown): string | undefined {
  const code = sqlState(error);
  if (code === "28000" && /no encryption/.test(errorText(error))) return ADD_ENCRYPTION;
  if (code !== undefined) return sqlStateRemedy(code);
  return error instanceof Error && "code" in error ? TLS_REMEDIES[String(error.code)] : undefined;
}
